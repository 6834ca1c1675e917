from __future__ import annotations

from dataclasses import replace

import pytest

from cortexctl.web.gate import Asking, Gate, Way

GATE = Gate("token", "cookie", "/place/")
KNOWN = Asking("127.0.0.1:8800", "/place/", cookie="cookie")
WEBSOCKET = replace(KNOWN, path="/place/ws", origin="http://127.0.0.1:8800", is_websocket=True)


def test_the_token_is_exchanged_and_the_cookie_lets_in() -> None:
    assert GATE.way(Asking("127.0.0.1:8800", "/place/", token="token")) is Way.EXCHANGE
    assert GATE.way(KNOWN) is Way.IN
    assert GATE.way(replace(KNOWN, origin="http://127.0.0.1:8800")) is Way.IN
    assert GATE.way(WEBSOCKET) is Way.IN


@pytest.mark.parametrize("token", ["", "tokem", "token ", "tokens", "\udcff"])
def test_another_token_is_none_whatever_the_cookie(token: str) -> None:
    assert GATE.way(replace(KNOWN, token=token)) is Way.WRONG_TOKEN


@pytest.mark.parametrize("asking", [KNOWN, WEBSOCKET])
@pytest.mark.parametrize("cookie", ["", "token", "cookies", "ö", "\udcff"])
def test_without_the_cookie_nobody_gets_in(asking: Asking, cookie: str) -> None:
    assert GATE.way(replace(asking, cookie=cookie)) is Way.NO_COOKIE


def test_a_token_opens_the_page_alone() -> None:
    assert GATE.way(replace(WEBSOCKET, token="token", cookie="")) is Way.NO_COOKIE


@pytest.mark.parametrize("asking", [KNOWN, WEBSOCKET, replace(KNOWN, token="token")])
@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://127.0.0.1:8800",
        "http://127.0.0.1:8801",
        "http://127.0.0.1",
        "http://localhost:8800",
        "null",
    ],
)
def test_a_page_of_another_origin_is_refused(asking: Asking, origin: str) -> None:
    assert GATE.way(replace(asking, origin=origin)) is Way.OTHER_ORIGIN


def test_a_websocket_says_where_it_comes_from() -> None:
    assert GATE.way(replace(WEBSOCKET, origin="")) is Way.OTHER_ORIGIN


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "evil.example:8800",
        "127.0.0.1.evil.example:8800",
        "127.0.0.1:8800.evil.example",
        "127.0.0.2:8800",
        "[::1]:8800",
    ],
)
def test_a_name_that_somebody_else_leads_here_is_refused(host: str) -> None:
    assert GATE.way(replace(WEBSOCKET, host=host, origin=f"http://{host}")) is Way.OTHER_NAME


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:1", "localhost:9000"])
def test_the_other_end_of_a_tunnel_may_have_another_port(host: str) -> None:
    assert GATE.way(replace(WEBSOCKET, host=host, origin=f"http://{host}")) is Way.IN


@pytest.mark.parametrize("path", ["/", "/place", "/favicon.ico", "/places/", "//place/"])
def test_elsewhere_is_nothing(path: str) -> None:
    assert GATE.way(replace(KNOWN, path=path)) is Way.NO_SUCH_PLACE


def test_each_start_has_a_token_a_cookie_and_a_place_of_its_own() -> None:
    one, other = Gate(), Gate()

    parts = [one.token, one.cookie, one.place, other.token, other.cookie, other.place]
    assert len(set(parts)) == 6
    assert min(map(len, parts)) > 16

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable

import pytest
import trustme

from probed.errors import HostFailed
from probed.host import endpoint
from tests.real.servers import free_port, serving, tls_server, web


def drip(connection: socket.socket) -> None:
    """An answer that never ends, a byte now and then."""
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(1200):
            connection.sendall(b"X")
            time.sleep(0.1)


def test_the_time_to_connect() -> None:
    with serving(lambda connection: None) as port:
        began = time.monotonic()
        assert 0 < endpoint.connect_seconds("127.0.0.1", port) <= time.monotonic() - began


def test_a_refused_connection_is_no_answer_with_the_address() -> None:
    port = free_port()

    with pytest.raises(HostFailed, match=f"127.0.0.1:{port}: Connection refused"):
        endpoint.connect_seconds("127.0.0.1", port)


def test_a_response_has_status_body_and_target() -> None:
    with web(302, b"moved", {"Location": "/elsewhere"}) as url:
        response = endpoint.fetch(url)

    assert (response.status, response.body, response.location) == (302, b"moved", "/elsewhere")
    assert response.seconds > 0


def stay_silent(connection: socket.socket) -> None:
    while connection.recv(10_000):
        pass


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_address_that_may_not_be_asked_hears_nothing_not_even_the_beginning_of_tls(scheme: str) -> None:
    heard: list[bytes] = []

    def hear(connection: socket.socket) -> None:
        heard.append(connection.recv(1))

    with serving(hear) as port, pytest.raises(HostFailed, match="its address may not be asked"):
        endpoint.fetch(f"{scheme}://127.0.0.1:{port}/", is_allowed=lambda address: address != "127.0.0.1")

    assert heard == []


@pytest.mark.parametrize("answer", [drip, stay_silent])
@pytest.mark.alone
def test_the_deadline_holds_whatever_the_server_does(answer: Callable[[socket.socket], None]) -> None:
    with serving(answer) as port:
        began = time.monotonic()
        with pytest.raises(HostFailed, match=r"no answer within 0\.5 s"):
            endpoint.fetch(f"http://127.0.0.1:{port}/", deadline_s=0.5)
        took_s = time.monotonic() - began

    assert took_s < 60


def test_a_certificate_that_nobody_trusts_is_refused_unless_told_otherwise() -> None:
    certificate = tls_server(trustme.CA().issue_cert("127.0.0.1"))
    with web(tls=certificate) as url:
        with pytest.raises(HostFailed, match="certificate is not accepted"):
            endpoint.fetch(url)
        assert endpoint.fetch(url, verify=False).status == 200


def test_what_is_not_http_is_no_answer() -> None:
    with serving(lambda connection: connection.sendall(b"SSH-2.0-x\r\n\r\n")) as port, pytest.raises(HostFailed):
        endpoint.fetch(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "coding", [b"Content-Length: 5000\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\n10\r\nhalf"]
)
def test_an_answer_that_breaks_off_is_none(coding: bytes) -> None:
    with (
        serving(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n" + coding)) as port,
        pytest.raises(HostFailed),
    ):
        endpoint.fetch(f"http://127.0.0.1:{port}/")

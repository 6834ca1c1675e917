"""The scripted server itself, by plain HTTP."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from probed.mock_model.script import read_script, shipped
from probed.mock_model.server import MOST_BYTES, MockModel, _Handler
from tests.real.messages_api import MODES, MessagesApi

REQUEST = {
    "model": "small-1",
    "messages": [{"role": "user", "content": "Look."}],
    "tools": [{"name": "processes"}, {"name": "report"}],
}


def post(base_url: str, body: dict[str, Any], timeout_s: float = 60) -> bytes:
    request = urllib.request.Request(f"{base_url}/v1/messages?beta=true", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:
        content: bytes = answer.read()
    return content


def test_an_investigation_is_a_probe_and_then_the_report() -> None:
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "[]"}
    with MessagesApi("investigate") as api:
        first = json.loads(post(api.base_url, REQUEST))
        said = [{"role": "assistant", "content": first["content"]}, {"role": "user", "content": [result]}]
        later = {**REQUEST, "messages": [*REQUEST["messages"], *said]}
        second = json.loads(post(api.base_url, later))

    assert [block["name"] for block in (*first["content"], *second["content"])] == ["processes", "report"]
    assert [request.number for request in api.requests] == [1, 2]


def test_a_stream_has_the_events_of_the_real_one() -> None:
    with MessagesApi("investigate") as api:
        stream = post(api.base_url, {**REQUEST, "stream": True}).decode()

    names = [line.removeprefix("event: ") for line in stream.splitlines() if line.startswith("event: ")]
    assert names == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


@pytest.mark.parametrize(
    ("mode", "status"), [("unauthorized", 401), ("rate_limited", 429), ("overloaded", 529), ("broken", 500)]
)
def test_an_error_has_its_status(mode: str, status: int) -> None:
    with MessagesApi(mode) as api, pytest.raises(urllib.error.HTTPError) as caught:
        post(api.base_url, REQUEST)

    assert caught.value.code == status
    caught.value.close()


@pytest.mark.alone
def test_a_hanging_server_stops_at_once() -> None:
    with MessagesApi("hang") as api:
        with pytest.raises(TimeoutError):
            post(api.base_url, REQUEST, timeout_s=0.3)
        began = time.monotonic()

    assert time.monotonic() - began < 30


FAILING = {"hang", "cut", "unauthorized", "rate_limited", "overloaded", "overloaded_then_fine", "broken"}


@pytest.mark.parametrize("mode", sorted(set(MODES) - FAILING))
def test_every_other_script_answers_plain_requests_too(mode: str) -> None:
    with MessagesApi(mode) as api:
        assert post(api.base_url, REQUEST)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"no JSON", {}),
        (b"[" * 100_000, {}),
        (b"{}", {}),
        (b'{"messages": []}', {}),
        (b"[]", {}),
        (b"", {}),
        (b'{"model": ["m"], "messages": []}', {}),
        (b'{"model": "m", "messages": ["hello"]}', {}),
        (b'{"model": "m", "messages": [{"content": "hello"}]}', {}),
        (b'{"model": "m", "messages": [{"role": "user", "content": [1]}]}', {}),
        (b'{"model": "m", "messages": [{"role": "user"}]}', {}),
        (b'{"model": "m", "messages": [], "tools": 5}', {}),
        (b"", {"Content-length": str(MOST_BYTES + 1)}),
        (b"", {"Content-length": "9" * 30}),
        (b"", {"Content-length": "9" * 5000}),
    ],
)
def test_what_is_no_request_is_answered_400(body: bytes, headers: dict[str, str]) -> None:
    with MessagesApi("report") as api:
        request = urllib.request.Request(f"{api.base_url}/v1/messages", body, headers)
        with pytest.raises(urllib.error.HTTPError) as caught, urllib.request.urlopen(request, timeout=60):
            pass

        assert caught.value.code == 400
        assert api.requests == []
        caught.value.close()


def test_an_answer_that_waits_ends_with_the_server(tmp_path: Path) -> None:
    path = tmp_path / "slow.yaml"
    path.write_text("answers: [{say: at last, pause: 3600}]")
    with MockModel(read_script(path)) as model:
        asking = threading.Thread(target=post, args=(model.base_url, REQUEST, 600))
        asking.start()
        while not model.requests:
            time.sleep(0.01)
    asking.join()


def test_a_connection_that_says_nothing_does_not_keep_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Handler, "timeout", 0.2)
    with MockModel(shipped("report")) as model, socket.create_connection(address_of(model)) as silent:
        silent.sendall(b"POST /v1/messages HTTP/1.1\r\ncontent-length: 100\r\n\r\n{")
        assert silent.recv(1) == b""


def test_a_server_that_goes_on_for_long_need_not_keep_what_it_was_asked() -> None:
    numbers: list[int] = []
    with MockModel(
        shipped("report"), told=lambda request, _: numbers.append(request.number), keeps_requests=False
    ) as m:
        for _ in range(3):
            post(m.base_url, REQUEST)

    assert (numbers, m.requests) == ([1, 2, 3], [])


def address_of(model: MockModel) -> tuple[str, int]:
    host, _, port = model.base_url.removeprefix("http://").partition(":")
    return host, int(port)

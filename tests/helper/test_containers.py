"""An engine that answers in its own way; a real one has its tests beside the actions."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from probed.helper import containers
from probed.helper.containers import restart_container, start_container
from probed.helper.done import OperationFailed, OperationRefused, OperationUnclear

WEB = {"container": "web"}
FACTS = {
    "Id": "c0ffee",
    "Name": "/web",
    "State": {"Status": "exited", "Pid": 0, "ExitCode": 3, "StartedAt": "2026-11-20T06:00:00Z"},
    "HostConfig": {"NetworkMode": "default"},
    "NetworkSettings": {"Networks": {"shop_default": {"Aliases": ["frontend"]}, "other": None}},
}

Answer = Callable[[str], bytes]
"""Takes the first line of the request."""


@contextmanager
def engine(folder: Path, answer: Answer) -> Iterator[str]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "docker.sock"))
        listener.listen()

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, suppress(BrokenPipeError):  # whoever asked waits no longer
                    connection.sendall(answer(connection.recv(65536).decode().partition("\r\n")[0]))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"unix://{folder}/docker.sock"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def told(content: object, status: str = "200 OK") -> bytes:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def scripted(orders: list[str], **answers: bytes) -> Answer:
    def answer(line: str) -> bytes:
        method, path, _ = line.split()
        if method == "POST":
            orders.append(path)
            return answers.get("order", told(b"", "204 No Content"))
        return answers.get("listed", told([])) if path == "/containers/json" else answers.get("one", told(FACTS))

    return answer


@pytest.fixture
def orders() -> list[str]:
    return []


@contextmanager
def host(monkeypatch: pytest.MonkeyPatch, folder: Path, answer: Answer) -> Iterator[None]:
    with engine(folder, answer) as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        yield


def test_an_order_goes_to_the_id(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, orders: list[str]) -> None:
    with host(monkeypatch, tmp_path, scripted(orders)):
        done = restart_container(WEB)

    assert orders == ["/containers/c0ffee/restart"]
    assert done.detail == "restarted web"
    assert (done.before["status"], done.before["exit_code"]) == ("exited", 3)


def test_an_alias_of_its_networks_may_forbid_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, orders: list[str]
) -> None:
    with host(monkeypatch, tmp_path, scripted(orders)), pytest.raises(OperationRefused, match="frontend is never"):
        start_container({**WEB, "never": ["front*"]})

    assert orders == []


@pytest.mark.parametrize(
    ("answers", "error", "words"),
    [
        ({"one": told({"message": "No such container: web"}, "404 Not Found")}, OperationRefused, "No such container"),
        ({"one": told({**FACTS, "Name": "/webber"})}, OperationRefused, "no name, but the beginning of an id"),
        ({"one": told(b"<html>")}, OperationFailed, "gave no JSON"),
        ({"one": b""}, OperationFailed, "broke off"),
        ({"order": told({"message": "port is taken"}, "500 Oops")}, OperationFailed, "the engine said|port is taken"),
        ({"order": b""}, OperationUnclear, "broke off"),
    ],
)
def test_what_goes_wrong_is_told_apart(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    orders: list[str],
    answers: Mapping[str, bytes],
    error: type[Exception],
    words: str,
) -> None:
    with host(monkeypatch, tmp_path, scripted(orders, **answers)), pytest.raises(error, match=words):
        start_container(WEB)


def test_an_order_without_an_answer_may_have_been_carried_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, orders: list[str]
) -> None:
    monkeypatch.setattr(containers, "JOB_S", 0.2)
    quick = scripted(orders)

    def slow(line: str) -> bytes:
        if line.startswith("POST"):
            time.sleep(0.5)
        return quick(line)

    with host(monkeypatch, tmp_path, slow):
        with pytest.raises(OperationUnclear, match=r"no answer within 0\.2 s"):
            start_container(WEB)
        time.sleep(0.6)

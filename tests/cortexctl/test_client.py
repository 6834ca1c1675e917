"""The client against a server on a real socket, well-behaved and not."""

from __future__ import annotations

import grp
import os
import socket
import tempfile
import threading
import time
from pathlib import Path

import pytest

from cortexctl.client import Client
from cortexctl.exits import Exit
from cortexctl.failure import Failure, Garbled, NoPermission, Rejected, TooSlow, Unreachable
from probed.wire.problem import ProblemCode
from tests.cortexctl.stub_daemon import StubDaemon, chunked, hang, http, trickle

NOBODY = 65534


def client_of(daemon: StubDaemon, timeout_s: float = 60.0) -> Client:
    return Client(str(daemon.path), timeout_s)


def test_a_json_object_reads_by_key_and_by_attribute(daemon: StubDaemon) -> None:
    daemon.answer("GET /thing", {"name": "disk", "labels": {"team": "home"}})

    thing = client_of(daemon).get("/thing")

    assert thing == {"name": "disk", "labels": {"team": "home"}}
    assert (thing.name, thing.labels.team) == ("disk", "home")


def test_a_chunked_answer_is_joined(daemon: StubDaemon) -> None:
    daemon.misbehave("GET /thing", chunked(b'{"a":', b" 1", b"}"))

    assert client_of(daemon).get("/thing") == {"a": 1}


def test_an_answer_without_a_length_ends_with_the_connection(daemon: StubDaemon) -> None:
    daemon.misbehave("GET /thing", b'HTTP/1.1 200 OK\r\n\r\n{"a": 1}')

    assert client_of(daemon).get("/thing") == {"a": 1}


def test_a_large_answer_arrives_whole(daemon: StubDaemon) -> None:
    daemon.answer("GET /thing", {"text": "x" * 2_000_000})

    assert len(client_of(daemon).get("/thing").text) == 2_000_000


def test_query_and_body_reach_the_daemon(daemon: StubDaemon) -> None:
    daemon.answer("GET /list", [])
    daemon.answer("POST /thing", {})
    client = client_of(daemon)

    client.get("/list", limit=5, before=None, state="a&b")
    client.post("/thing", {"note": "größer"})

    assert daemon.requests[0].query == "limit=5&state=a%26b"
    assert daemon.bodies("/thing") == [{"note": "größer"}]


def test_without_a_socket_the_error_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(Unreachable) as caught:
        Client(str(tmp_path / "none.sock")).get("/thing")

    assert "no daemon is running" in caught.value.message
    assert "systemctl status cortex-probed" in caught.value.next_step
    assert caught.value.exit is Exit.UNREACHABLE


def test_a_socket_that_nobody_listens_on_is_no_daemon(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(tmp_path / "left.sock"))

    with pytest.raises(Unreachable, match="nobody listens"):
        Client(str(tmp_path / "left.sock")).get("/thing")


def test_a_path_that_no_socket_can_have_is_a_usage_error() -> None:
    with pytest.raises(Failure, match="107 bytes") as caught:
        Client("/" + "x" * 107).get("/thing")

    assert caught.value.exit is Exit.USAGE


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_without_permission_the_error_names_the_group() -> None:
    group = grp.getgrnam("adm")
    with tempfile.TemporaryDirectory() as folder, StubDaemon(Path(folder) / "probed.sock") as daemon:
        os.chmod(folder, 0o755)
        os.chown(daemon.path, 0, group.gr_gid)
        os.chmod(daemon.path, 0o660)
        os.seteuid(NOBODY)
        try:
            with pytest.raises(NoPermission, match="group adm") as caught:
                client_of(daemon).get("/thing")
        finally:
            os.seteuid(0)

    assert "usermod -aG adm" in caught.value.next_step
    assert caught.value.exit is Exit.REFUSED


@pytest.mark.parametrize("behaviour", [hang, trickle])
def test_the_deadline_holds_whatever_the_daemon_does(daemon: StubDaemon, behaviour: object) -> None:
    daemon.misbehave("GET /thing", behaviour)  # type: ignore[arg-type]
    start = time.monotonic()

    with pytest.raises(Unreachable, match=r"no answer within 0\.3 s"):
        client_of(daemon, timeout_s=0.3).get("/thing")

    assert time.monotonic() - start < 25


def test_a_daemon_that_takes_no_connection_is_waited_for_until_the_deadline(tmp_path: Path) -> None:
    path = tmp_path / "full.sock"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(str(path))
        listener.listen(0)
        first.connect(str(path))

        with pytest.raises(Unreachable, match="overloaded or stopped"):
            Client(str(path), timeout_s=0.2).get("/thing")


@pytest.mark.parametrize(
    ("status", "code", "exit_"),
    [
        (400, ProblemCode.INVALID, Exit.USAGE),
        (403, ProblemCode.FORBIDDEN, Exit.REFUSED),
        (404, ProblemCode.NOT_FOUND, Exit.FAILED),
        (409, ProblemCode.CONFLICT, Exit.REFUSED),
        (413, ProblemCode.TOO_LARGE, Exit.USAGE),
        (503, ProblemCode.OVERLOADED, Exit.FAILED),
    ],
)
def test_a_problem_comes_in_the_daemons_words(daemon: StubDaemon, status: int, code: ProblemCode, exit_: Exit) -> None:
    daemon.refuse("GET /thing", status, code, "must be one of ok, warning", "verdict")

    with pytest.raises(Rejected) as caught:
        client_of(daemon).get("/thing")

    assert caught.value.message == "verdict: must be one of ok, warning"
    assert (caught.value.code, caught.value.exit) == (code, exit_)


def test_an_answer_before_the_whole_body_was_read_is_still_an_answer(daemon: StubDaemon) -> None:
    def refuse_early(connection: socket.socket, over: threading.Event) -> None:
        daemon.refuse("-", 413, ProblemCode.TOO_LARGE, "at most 1 MiB")
        connection.sendall(daemon.answers["-"])

    daemon.misbehave("POST /thing", refuse_early)

    with pytest.raises(Rejected, match="at most 1 MiB"):
        client_of(daemon).post("/thing", b"x" * 10)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200,
        b"HTTP/1.1 200 OK\r\n" + b"a" * 200_000,
        http(b"<html>", "text/html"),
        http(b"<html>", "text/html", 404),
        http(b'{"error": "text"}', "application/json", 500),
        http(b"[]", "application/json", 500),
    ],
)
def test_what_is_not_the_daemons_answer_is_said_to_be_so(daemon: StubDaemon, answer: bytes) -> None:
    daemon.misbehave("GET /thing", answer)

    with pytest.raises(Garbled, match=r"is not probed's"):
        client_of(daemon).get("/thing")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n", b'HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{"a":'])
def test_an_answer_that_breaks_off_is_a_daemon_that_ended(daemon: StubDaemon, answer: bytes) -> None:
    daemon.misbehave("GET /thing", answer)

    with pytest.raises(Unreachable, match="in the middle of its answer"):
        client_of(daemon).get("/thing")


def test_a_missing_member_tells_of_another_version(daemon: StubDaemon) -> None:
    daemon.answer("GET /thing", {"old": 1})
    thing = client_of(daemon).get("/thing")

    with pytest.raises(Garbled, match=r"has no `new`.*not of the same version"):
        _ = thing.new


def test_threads_share_a_client(daemon: StubDaemon) -> None:
    daemon.answer("GET /thing", {"a": 1})
    client, answers = client_of(daemon), []
    threads = [threading.Thread(target=lambda: answers.append(client.get("/thing"))) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [{"a": 1}] * 8


def listening(folder: Path, uid: int) -> socket.socket:
    """A socket on which a process of this user listens."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "probed.sock"))
    os.seteuid(uid)
    try:
        listener.listen()
    finally:
        os.seteuid(0)
    return listener


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_stranger_that_listens_in_the_daemons_place_is_told_nothing(tmp_path: Path) -> None:
    with listening(tmp_path, NOBODY) as listener:
        with pytest.raises(NoPermission, match=r"who listens on .* is nobody: neither root, nor") as caught:
            Client(str(tmp_path / "probed.sock"), 5.0).post("/thing", {"secret": "x"})
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(1) == b""

    assert caught.value.exit is Exit.REFUSED
    assert "sudo -u nobody" in caught.value.next_step


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_the_systems_daemon_is_no_stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cortexctl.connection.SERVICE_USER", "nobody")

    with listening(tmp_path, NOBODY), pytest.raises(TooSlow):
        Client(str(tmp_path / "probed.sock"), 0.1).get("/thing")

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.errors import CheckFailed
from tests.checks.looking import judged, look, observe
from tests.real.databases import PASSWORD, redis
from tests.real.servers import free_port, serving


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with redis() as started:
        yield started


def test_a_server_that_answers_is_healthy(port: int) -> None:
    observation = observe("redis", {"host": "localhost", "port": port})

    assert observation.object == f"localhost:{port}"
    assert judged(observation) is None
    assert observation.unit == "s"


def test_its_socket_serves_as_well(tmp_path: Path) -> None:
    with redis("--unixsocket", f"{tmp_path}/r.sock"):
        observation = observe("redis", {"host": f"{tmp_path}/r.sock"})

    assert observation.object == f"{tmp_path}/r.sock"
    assert judged(observation) is None


def test_the_password_comes_from_its_file_and_without_it_there_is_no_answer(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    with redis("--requirepass", PASSWORD) as port:
        let_in = observe("redis", {"port": port, "password_file": str(secret)})
        with pytest.raises(CheckFailed, match="does not let this client in"):
            look("redis", {"port": port})

    assert judged(let_in) is None
    assert PASSWORD not in repr(let_in)


def test_a_password_that_nobody_has_written_down_yet_is_said_and_no_fault(tmp_path: Path) -> None:
    with redis("--requirepass", PASSWORD) as port:
        [note] = look("redis", {"port": port, "password_file": str(tmp_path / "password")})

    assert isinstance(note, Absent)
    assert note.what == f"the file {tmp_path}/password with the password"


def test_a_server_that_is_not_there_is_critical() -> None:
    observation = observe("redis", {"port": free_port(), "for": "1m"})

    assert judged(observation) is Severity.CRITICAL
    assert "refused" in observation.summary
    assert observation.boot_grace
    assert observation.threshold
    assert observation.threshold.for_s == 60


def test_a_server_that_has_no_more_connections_to_give_is_critical() -> None:
    with redis("--maxclients", "1") as port:
        from redis import Redis

        with Redis(port=port) as first:
            first.ping()
            observation = observe("redis", {"port": port})

    assert judged(observation) is Severity.CRITICAL
    assert "max number of clients" in observation.summary


@pytest.mark.parametrize("reply", [b"", b"nonsense\r\n"])
def test_a_server_that_says_nothing_or_something_else_is_critical(reply: bytes) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(reply)

    with serving(answer) as port:
        observation = observe("redis", {"port": port, "timeout": "1s"})

    assert judged(observation) is Severity.CRITICAL


def test_a_server_that_hangs_is_waited_for_no_longer_than_allowed() -> None:
    with redis() as port:
        from redis import Redis

        with Redis(port=port) as client:
            pid = int(client.info("server")["process_id"])
        os.kill(pid, signal.SIGSTOP)
        try:
            observation = observe("redis", {"port": port, "timeout": "200ms"})
        finally:
            os.kill(pid, signal.SIGCONT)

    assert judged(observation) is Severity.CRITICAL
    assert "Timeout" in observation.summary


def test_a_slow_answer_is_judged_by_its_bounds(port: int) -> None:
    assert judged(observe("redis", {"port": port, "warning": 0.000001})) is Severity.WARNING

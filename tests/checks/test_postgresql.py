from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.errors import CheckFailed
from tests.checks.looking import judged, look, observe
from tests.real.databases import PASSWORD, Postgres, postgres
from tests.real.servers import free_port, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as started:
        yield started


def test_a_server_that_answers_on_its_socket_is_healthy(server: Postgres) -> None:
    observation = observe("postgresql", {"host": str(server.folder), "port": server.port})

    assert observation.object == f"postgres at {server.folder}:{server.port}"
    assert judged(observation) is None
    assert observation.evidence["version"]
    assert observation.evidence["standby"] is False


def test_the_password_comes_from_its_file_and_is_seen_nowhere(server: Postgres, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)

    observation = observe("postgresql", {"host": "localhost", "port": server.port, "password_file": str(secret)})

    assert judged(observation) is None
    assert PASSWORD not in repr(observation)


def test_a_file_with_the_password_that_others_can_read_is_not_used(server: Postgres, tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)

    with pytest.raises(CheckFailed, match="chmod 600"):
        look("postgresql", {"host": "localhost", "port": server.port, "password_file": str(secret)})


def test_a_role_that_nobody_has_made_yet_is_said_with_the_command_and_no_fault(server: Postgres) -> None:
    [note] = look("postgresql", {"host": str(server.folder), "port": server.port, "user": "watcher"})

    assert isinstance(note, Absent)
    assert "-c 'CREATE ROLE watcher LOGIN' -c 'GRANT pg_monitor TO watcher'" in note.remedy


@pytest.mark.parametrize("password", ["", "wrong-one"])
def test_a_user_who_is_not_let_in_is_no_answer_and_no_dead_server(
    server: Postgres, tmp_path: Path, password: str
) -> None:
    secret = tmp_path / "password"
    secret.write_text(password)
    secret.chmod(0o600)
    with_it = {"password_file": str(secret)} if password else {}

    with pytest.raises(CheckFailed, match="does not let cortex in") as caught:
        look("postgresql", {"host": "127.0.0.1", "port": server.port, **with_it})

    assert password not in str(caught.value) or not password


def test_a_server_that_is_not_there_is_critical() -> None:
    observation = observe("postgresql", {"host": "127.0.0.1", "port": free_port(), "for": "1m"})

    assert judged(observation) is Severity.CRITICAL
    assert "refused" in observation.summary
    assert observation.boot_grace
    assert observation.threshold
    assert observation.threshold.for_s == 60


def test_a_database_that_is_not_there_is_critical(server: Postgres) -> None:
    observation = observe("postgresql", {"host": str(server.folder), "port": server.port, "dbname": "nothing"})

    assert judged(observation) is Severity.CRITICAL
    assert 'database "nothing" does not exist' in observation.summary


def hold(connection: socket.socket) -> None:
    while connection.recv(100):
        pass


def test_a_server_that_takes_connections_and_says_nothing_is_critical() -> None:
    with serving(hold) as port:
        observation = observe("postgresql", {"host": "127.0.0.1", "port": port, "timeout": "1s"})

    assert judged(observation) is Severity.CRITICAL


def test_a_server_that_hangs_with_the_question_is_cut_off(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    from psycopg import Connection

    ask = Connection.execute

    def stop_first(self: Any, query: Any) -> Any:
        pid = self.info.backend_pid
        os.kill(pid, signal.SIGSTOP)
        try:
            return ask(self, query)
        finally:
            os.kill(pid, signal.SIGCONT)

    monkeypatch.setattr(Connection, "execute", stop_first)

    observation = observe("postgresql", {"host": str(server.folder), "port": server.port, "timeout": "1s"})

    assert judged(observation) is Severity.CRITICAL
    assert "no answer within 1 s" in observation.summary


def test_a_slow_answer_is_judged_by_its_bounds(server: Postgres) -> None:
    slow = {"host": str(server.folder), "port": server.port, "warning": 0.000001}

    assert judged(observe("postgresql", slow)) is Severity.WARNING

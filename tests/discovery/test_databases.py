"""Databases are found with where they listen, and with what a person has to do before they can be watched."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from probed.checks.registry import CheckRegistry
from probed.config.documents import load_documents
from probed.discovery import databases, ready
from probed.discovery.command import write_all
from probed.discovery.plan import plan
from probed.discovery.proposal import Found, Noted, Survey
from probed.discovery.trial import tried
from probed.host import sockets
from probed.host.sockets import Listener
from tests.real.databases import PASSWORD, Postgres, postgres, redis
from tests.real.packages import program

KINDS = {kind.id: kind for kind in (databases.POSTGRESQL, databases.REDIS)}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as started:
        yield started


def on(found: Sequence[Found], port: int) -> list[Found]:
    return [each for each in found if each.params["port"] == port]


def keys(found: Sequence[Found]) -> frozenset[str]:
    return frozenset(each.key for each in found)


def test_postgresql_is_found_by_its_socket_and_fills_in_the_document_that_stands_ready(
    server: Postgres, tmp_path: Path
) -> None:
    found = on(list(databases.find_postgresql()), server.port)

    assert [each.check for each in found] == list(ready.checks_of("postgresql"))
    assert {each.params["host"] for each in found} == {str(server.folder)}

    seen = tried(Survey(tuple(found)), keys(found), keys(found))
    assert (seen.troubles, seen.wanting) == ([], [])
    write_all(plan(seen.survey, KINDS, tmp_path, ()), tmp_path)
    [document], broken = load_documents(tmp_path, CheckRegistry())
    assert broken == []
    in_force = [call.check for call in document.checks]
    assert in_force == [check for check in ready.checks_of("postgresql") if check != databases.OPTIONAL]
    assert document.checks[0].params["warning"] == "1s"
    assert document.body.startswith("Does the database server answer")


def test_a_role_that_nobody_made_is_no_fault_of_the_server_and_the_command_that_makes_it_is_told(
    server: Postgres,
) -> None:
    found = [each for each in on(list(databases.find_postgresql()), server.port) if not each.is_optional]
    asked = [replace(each, params={**each.params, "user": "watcher"}) for each in found]

    before = tried(Survey(tuple(asked)), keys(asked), keys(asked))
    assert before.troubles == []
    [want] = before.wanting
    command = want.partition("superuser: sudo -u postgres ")[2]
    assert command.startswith(f"psql -h {server.folder} -p {server.port} -c 'CREATE ROLE watcher LOGIN'")

    psql = program("psql", "postgresql")
    as_superuser = command.replace("psql", f"{psql} -U {server.user} -d postgres", 1)
    subprocess.run(["sh", "-c", as_superuser], check=True, capture_output=True, timeout=30)

    after = tried(Survey(tuple(asked)), keys(asked), keys(asked))
    assert (after.troubles, after.wanting) == ([], [])
    assert all(each.is_up for each in after.survey.found)


def test_redis_is_found_and_well_at_once() -> None:
    with redis() as port:
        found = on(list(databases.find_redis()), port)
        seen = tried(Survey(tuple(found)), keys(found), keys(found))

    assert [each.check for each in found] == list(ready.checks_of("redis"))
    assert {each.params["host"] for each in found} == {"127.0.0.1"}
    assert (seen.troubles, seen.wanting) == ([], [])


def test_redis_with_a_password_gets_a_user_of_its_own_with_no_more_rights_than_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "REDIS_PASSWORD", str(tmp_path / "redis-password"))
    with redis("--requirepass", PASSWORD) as port:
        found = on(list(databases.find_redis()), port)
        assert {each.params["username"] for each in found} == {"cortex"}

        before = tried(Survey(tuple(found)), keys(found), keys(found))
        [want] = before.wanting
        assert before.troubles == []

        command = want.partition("redis-cli ")[2].partition(", and then")[0].replace("PASSWORD", "own-word")
        cli = f"{program('redis-cli', 'redis-tools')} -p {port} -a {PASSWORD} --no-auth-warning {command}"
        subprocess.run(["sh", "-c", cli], check=True, capture_output=True, timeout=30)
        (tmp_path / "redis-password").write_text("own-word")
        (tmp_path / "redis-password").chmod(0o600)

        after = tried(Survey(tuple(found)), keys(found), keys(found))
        assert (after.troubles, after.wanting) == ([], [])


def test_postgresql_that_is_only_reached_over_tcp_gets_a_password_file(
    server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "postgresql-password"
    monkeypatch.setattr(databases, "POSTGRESQL_PASSWORD", str(secret))
    (tmp_path / "no-sockets").touch()

    found = on(list(databases.find_postgresql(tmp_path / "no-sockets")), server.port)
    assert {(each.params["host"], each.params["password_file"]) for each in found} == {("127.0.0.1", str(secret))}
    before = tried(Survey(tuple(found)), keys(found), keys(found))
    [want] = before.wanting
    assert before.troubles == []
    assert "CREATE ROLE cortex LOGIN PASSWORD 'PASSWORD'\" -c 'GRANT pg_monitor TO cortex', and write" in want

    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    after = tried(Survey(tuple(found)), keys(found), keys(found))
    assert (after.troubles, after.wanting) == ([], [])


def test_mysql_is_told_with_what_looks_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of sockets stands for the server, for which there is no check beside those of its unit and its port."""
    listening = (
        Listener("tcp", "127.0.0.1", 3306, 7, "mariadbd", "mysql"),
        Listener("tcp", "::", 80, 8, "nginx", "root"),
    )
    monkeypatch.setattr(sockets, "listening", lambda: listening)

    assert list(databases.note_mysql()) == [Noted("MySQL", "mariadbd on tcp/3306", "found-ports, found-services")]

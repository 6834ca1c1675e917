"""The documents that come with Cortex for what not every host has, each against the real thing."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from probed.config.documents import load_documents
from probed.core.finding import Severity
from probed.core.inspection import CheckCall, Inspection
from probed.core.observation import CheckAnswer, Observation
from tests.checks.looking import REGISTRY, judged
from tests.checks.test_inspections import ACTIONS, FOLDER
from tests.real.databases import postgres, redis

READY = FOLDER / "ready"
DAY_S = 86400.0


def ready(folder: Path = READY) -> dict[str, Inspection]:
    usable, broken = load_documents(folder, REGISTRY, ACTIONS)
    assert broken == []
    return {each.id: each for each in usable}


@contextmanager
def postgresql_place() -> Iterator[Mapping[str, object]]:
    """As the document's first lines want the server."""
    with postgres("shared_preload_libraries=pg_stat_statements") as server:
        own = f"host={server.folder} port={server.port} user={server.user} dbname=postgres"
        with psycopg.connect(own, autocommit=True) as admin:
            admin.execute("CREATE EXTENSION pg_stat_statements")
            admin.execute("CREATE ROLE watcher LOGIN IN ROLE pg_monitor")
        yield {"host": str(server.folder), "port": server.port, "user": "watcher"}


@contextmanager
def redis_place() -> Iterator[Mapping[str, object]]:
    with redis() as port:
        yield {"port": port}


@contextmanager
def backups_place() -> Iterator[Mapping[str, object]]:
    """Dumps of a real database, the newest of which is from now."""
    [pg_dump, *_] = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"), reverse=True)
    with postgres() as server, tempfile.TemporaryDirectory(prefix="cx-dumps-") as folder:
        place = ["--host", str(server.folder), "--port", str(server.port), "--username", server.user]
        with psycopg.connect(
            host=str(server.folder), port=server.port, user=server.user, dbname="postgres", autocommit=True
        ) as shop:
            shop.execute("CREATE TABLE orders AS SELECT n, md5(n::text) FROM generate_series(1, 40000) n")
        for number, age_s in enumerate((2 * DAY_S, DAY_S, 600)):
            dump = Path(folder, f"shop-{number}.sql")
            subprocess.run([pg_dump, *place, "--file", dump, "postgres"], check=True, capture_output=True)
            os.utime(dump, (time.time() - age_s,) * 2)
        yield {"path": folder}


PLACES = {"postgresql": postgresql_place, "redis": redis_place, "backups": backups_place}


def answers(document: Inspection, place: Mapping[str, object]) -> list[CheckAnswer]:
    return [REGISTRY.bind(CheckCall(each.check, {**each.params, **place})).look() for each in document.checks]


def test_each_document_that_stands_ready_is_tried_here() -> None:
    assert set(ready()) == {*PLACES, "security-monthly", "integrity"}


@pytest.mark.parametrize("name", ["security-monthly", "integrity"])
def test_each_check_of_what_looks_at_the_whole_host_answers_here_or_says_what_is_missing(name: str) -> None:
    for call in ready()[name].checks:
        answer = REGISTRY.bind(call).look()
        assert answer
        assert all(isinstance(item, Observation) or item.what for item in answer), call.check


@pytest.mark.parametrize("name", PLACES)
def test_a_healthy_server_answers_every_check_of_its_document_and_is_not_told(name: str) -> None:
    with PLACES[name]() as place:
        found = [item for answer in answers(ready()[name], place) for item in answer]

    seen = [item for item in found if isinstance(item, Observation)]
    assert found == seen, "what is missing is said in the document's first lines"
    assert [item for item in seen if judged(item)] == []


def test_a_dump_that_broke_off_is_told() -> None:
    with backups_place() as place:
        newest = Path(str(place["path"]), "shop-2.sql")
        os.truncate(newest, 900_000)
        os.utime(newest, (time.time() - 600,) * 2)
        found = [item for answer in answers(ready()["backups"], place) for item in answer]

    assert {judged(item) for item in found if isinstance(item, Observation)} == {Severity.WARNING}


@pytest.mark.parametrize("document", ready().values(), ids=lambda each: each.id)
def test_it_tells_a_reader_what_to_look_at(document: Inspection) -> None:
    assert document.title
    assert "When there is a finding:" in document.body


def test_none_of_them_is_in_force_before_somebody_takes_it_into_use() -> None:
    assert ready().keys().isdisjoint(ready(FOLDER))

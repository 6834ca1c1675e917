"""Transcripts lie beside the database, and are in step with it."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from probed.core.run import RunState
from probed.core.transcript import TranscriptKind
from probed.errors import CannotPersist, NotFound
from probed.monitor.backups import BackupFolder
from probed.monitor.restoring import restore
from probed.monitor.retention import Lifetimes
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.ports import Actor
from tests.factories import NOW, HandClock, make_run, new_id
from tests.monitor.test_ledger import edit

RUN, ADVICE = TranscriptKind.INVESTIGATION, TranscriptKind.ADVICE
TEXT = '{"type": "request", "prompt": "look"}\n{"type": "result"}\n'


def folder_of(monitor: SqliteMonitor) -> Path:
    return monitor.path.with_name("transcripts")


def files(monitor: SqliteMonitor) -> list[str]:
    """The subjects of the files that are there."""
    return sorted(path.name.partition("-")[0] for path in folder_of(monitor).iterdir())


def subjects(monitor: SqliteMonitor) -> list[str]:
    with closing(sqlite3.connect(monitor.path)) as database:
        return sorted(subject for (subject,) in database.execute("SELECT subject FROM transcripts"))


async def add_run(monitor: SqliteMonitor, name: str, at: datetime = NOW) -> None:
    async with monitor.transaction() as tx:
        await tx.runs.save(make_run(id=name, state=RunState.OK, created_at=at, started_at=at))


async def test_it_is_read_as_it_was_kept_and_its_file_is_the_owners_alone(monitor: SqliteMonitor) -> None:
    await monitor.keep_transcript("r1", RUN, TEXT)

    kept = await monitor.transcript("r1")

    [file] = folder_of(monitor).iterdir()
    assert (kept.subject, kept.kind, kept.at, kept.text) == ("r1", RUN, NOW, TEXT)
    assert kept.stored_bytes == file.stat().st_size
    assert (file.stat().st_mode & 0o777, folder_of(monitor).stat().st_mode & 0o777) == (0o600, 0o700)
    assert b"look" not in file.read_bytes()


async def test_a_later_one_takes_the_place_of_an_earlier_one(monitor: SqliteMonitor) -> None:
    await monitor.keep_transcript("d1", ADVICE, TEXT)
    await monitor.keep_transcript("d1", ADVICE, TEXT)
    await monitor.keep_transcript("d1", ADVICE, '{"type": "result"}')

    assert (await monitor.transcript("d1")).text == '{"type": "result"}\n'
    assert files(monitor) == ["d1"]


async def test_one_is_read_while_another_takes_its_place(monitor: SqliteMonitor) -> None:
    await monitor.keep_transcript("d1", ADVICE, TEXT)

    async with asyncio.TaskGroup() as tasks:
        reading = []
        for number in range(20):
            tasks.create_task(monitor.keep_transcript("d1", ADVICE, f'{{"number": {number}}}'))
            reading.append(tasks.create_task(monitor.transcript("d1")))

    assert [json.loads(read.result().text)["number"] for read in reading] == list(range(20))


@pytest.mark.parametrize("harm", ["gone", "altered", "elsewhere"])
async def test_what_is_not_what_was_written_is_none(monitor: SqliteMonitor, harm: str) -> None:
    await monitor.keep_transcript("r1", RUN, TEXT)
    [file] = folder_of(monitor).iterdir()
    if harm == "gone":
        file.unlink()
    elif harm == "altered":
        file.write_bytes(file.read_bytes()[:-1] + b"x")
    else:
        edit(monitor, "UPDATE transcripts SET file = '../monitor.db'")

    with pytest.raises(NotFound):
        await monitor.transcript("r1")


async def test_of_what_no_model_was_asked_there_is_none(monitor: SqliteMonitor) -> None:
    with pytest.raises(NotFound, match="no transcript is kept of r1"):
        await monitor.transcript("r1")


async def test_evidence_lies_beside_what_was_said_exactly_as_it_was_given(monitor: SqliteMonitor) -> None:
    """It is masked before: masked once more, it would no longer have its hash."""
    answer = '{"id": "e1", "answer": "{\\"rows\\":[[\\"token=***secret***\\"]]}", "note": "password: kept"}\n'
    await monitor.keep_transcript("r1", RUN, TEXT)
    await monitor.keep_transcript("r1", TranscriptKind.EVIDENCE, answer)
    await monitor.keep_transcript("r1", RUN, '{"type": "result"}')

    assert (await monitor.transcript("r1")).text == '{"type": "result"}\n'
    assert (await monitor.evidence("r1")).text == answer
    assert files(monitor) == ["r1", "r1"]
    with pytest.raises(NotFound, match="no evidence is kept of r2"):
        await monitor.evidence("r2")


async def test_it_goes_with_its_run_and_by_age(monitor: SqliteMonitor, clock: HandClock) -> None:
    old = NOW - timedelta(days=40)
    await add_run(monitor, "gone", old)
    await add_run(monitor, "last", NOW)
    for name in ("gone", "last"):
        await monitor.keep_transcript(name, RUN, TEXT)
        await monitor.keep_transcript(name, TranscriptKind.EVIDENCE, '{"id": "e1"}')

    await monitor.prune(NOW, Lifetimes())
    assert (subjects(monitor), files(monitor)) == (["last", "last"], ["last", "last"])

    clock.advance(31 * 86400)
    await monitor.prune(clock.now(), Lifetimes())
    assert (subjects(monitor), files(monitor)) == ([], [])


async def test_it_goes_with_its_decision(monitor: SqliteMonitor) -> None:
    await monitor.keep_transcript("d1", ADVICE, TEXT)
    with closing(sqlite3.connect(monitor.path)) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(decisions)")]
        values = ", ".join("'d1'" if name == "id" else "0" for name in columns)
        database.execute(f"INSERT INTO decisions VALUES ({values})")
        database.execute("DELETE FROM decisions WHERE id = 'd1'")

    assert subjects(monitor) == []


async def test_what_a_crash_leaves_of_either_side_is_put_in_order(monitor: SqliteMonitor) -> None:
    for name in ("r1", "r2", "r3"):
        await monitor.keep_transcript(name, RUN, TEXT)
    edit(monitor, "DELETE FROM transcripts WHERE subject = 'r1'")
    next(folder_of(monitor).glob("r2-*")).unlink()
    (folder_of(monitor) / "r4-0.jsonl.gz.half").write_bytes(b"half")

    await monitor.transcripts.reconcile()

    assert (subjects(monitor), files(monitor)) == (["r3"], ["r3"])
    assert (await monitor.transcript("r3")).text == TEXT


async def test_none_that_is_being_kept_is_taken_for_one_without_a_row(monitor: SqliteMonitor) -> None:
    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            tasks.create_task(monitor.keep_transcript(f"r{number}", RUN, TEXT))
            tasks.create_task(monitor.transcripts.reconcile())

    assert len(files(monitor)) == len(subjects(monitor)) == 20


async def test_where_room_is_wanted_the_oldest_go_first(monitor: SqliteMonitor, clock: HandClock) -> None:
    noise = random.Random(1)
    for _ in range(20):
        await monitor.keep_transcript(new_id(), RUN, f'{{"x": "{noise.randbytes(50_000).hex()}"}}')
        clock.advance(86400)
    used = await monitor._used_bytes()

    await monitor.prune(clock.now(), Lifetimes(), used // 2)

    assert await monitor._used_bytes() <= used // 2
    assert 3 <= len(files(monitor)) <= 10


async def test_a_folder_that_others_can_change_is_not_used(monitor: SqliteMonitor) -> None:
    folder_of(monitor).mkdir()
    folder_of(monitor).chmod(0o777)

    with pytest.raises(CannotPersist, match="no transcript is put into"):
        await monitor.keep_transcript("r1", RUN, TEXT)
    assert subjects(monitor) == []


async def test_a_restored_database_gives_up_those_that_it_does_not_know(monitor: SqliteMonitor, tmp_path: Path) -> None:
    """They are in no backup; those from before it are still there."""
    await monitor.keep_transcript("before", RUN, TEXT)
    folder = BackupFolder(monitor.path, tmp_path / "backups")
    backup = folder.take(NOW)
    await monitor.keep_transcript("after", RUN, TEXT)
    await monitor.close()
    restore(folder, backup, NOW, Actor("uid:0 root", 1, 0))

    again = await open_monitor(monitor.path, HandClock())
    await again.transcripts.reconcile()

    assert (subjects(again), files(again)) == (["before"], ["before"])
    await again.close()

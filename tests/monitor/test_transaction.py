from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, suppress

import pytest

from probed.core.event import StreamEvent
from probed.errors import CannotPersist, Conflict, MonitorFailed
from probed.monitor.session import MOST_WAITING
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.ports import Monitor, Queries
from tests.factories import NOW, HandClock, make_case, make_message, make_observation, make_report, make_run
from tests.monitor.crossings import count_crossings
from tests.monitor.filling import add_case


async def test_the_monitor_is_what_the_engine_asks_for(monitor: SqliteMonitor) -> None:
    writing: Monitor = monitor
    reading: Queries = monitor

    async with writing.transaction() as tx:
        await tx.settings.set("mode", "act")
    assert (await reading.counts())["runs"] == 0


async def test_an_exception_leaves_nothing_behind(monitor: SqliteMonitor) -> None:
    run = make_run()
    with suppress(LookupError):
        async with monitor.transaction() as tx:
            await tx.runs.save(run)
            await tx.reports.add(make_report(run))
            await tx.cases.save(make_case())
            await tx.effects.save(make_message())
            await tx.ledger.append("note", "cortex", "", "lost")
            await tx.stream.publish("run.ended", run.id, {})
            await tx.samples.add("disk", [make_observation()], NOW)
            await tx.digests.add("lost")
            await tx.settings.set("lost", True)
            raise LookupError

    with closing(sqlite3.connect(monitor.path)) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'migrations'")
        left = {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in names.fetchall()}
    assert set(left.values()) == {0}


async def test_what_is_committed_is_there_after_a_restart(monitor: SqliteMonitor, clock: HandClock) -> None:
    case = await add_case(monitor)
    await monitor.close()

    again = await open_monitor(monitor.path, clock)

    assert await again.case(case.id) == case
    await again.close()


async def test_two_writers_take_turns(monitor: SqliteMonitor) -> None:
    async def count_up() -> None:
        async with monitor.transaction() as tx:
            value = await tx.settings.get("count") or 0
            assert isinstance(value, int)
            await asyncio.sleep(0)
            await tx.settings.set("count", value + 1)

    await asyncio.gather(*(count_up() for _ in range(20)))

    async with monitor.transaction() as tx:
        assert await tx.settings.get("count") == 20


async def test_readers_do_not_wait_for_a_writer_and_see_what_is_committed(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor)

    async with monitor.transaction() as tx:
        await tx.cases.save(make_case(object="/other"))
        async with asyncio.timeout(2):
            seen = await asyncio.gather(*(monitor.cases(10) for _ in range(8)))

    assert all(page.items == [case] for page in seen)
    assert len((await monitor.cases(10)).items) == 2


async def test_what_is_written_is_seen_by_the_next_statement(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.settings.set("mode", "watch")
        await tx.settings.set("mode", "act")
        assert await tx.settings.get("mode") == "act"


async def test_a_transaction_that_only_writes_crosses_to_the_driver_once(
    monitor: SqliteMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_case(monitor)
    crossings = count_crossings(monkeypatch)

    async with monitor.transaction() as tx:
        await tx.settings.set("mode", "act")
        await tx.digests.add("a line")
        await tx.ledger.append("note", "cortex", "", "written")
        await tx.stream.publish("daemon.notice", "written", {})

    assert len(crossings) == 1


async def test_no_more_than_a_bounded_number_of_writes_waits(
    monitor: SqliteMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with monitor.transaction() as tx:
        crossings = count_crossings(monkeypatch)
        for number in range(3 * MOST_WAITING):
            await tx.settings.set(f"setting-{number}", number)

        assert len(crossings) == 2
        assert await tx.settings.get("setting-0") == 0


async def test_a_write_that_is_refused_with_the_commit_keeps_nothing(monitor: SqliteMonitor) -> None:
    heard: list[StreamEvent] = []
    monitor.subscribe(heard.append)

    async def write() -> None:
        async with monitor.transaction() as tx:
            await tx.settings.set("before", True)
            await tx.reports.add(make_report(make_run()))  # of a run that was never saved
            await tx.settings.set("after", True)
            await tx.stream.publish("daemon.notice", "lost", {})

    with pytest.raises(Conflict, match="FOREIGN KEY"):
        await write()

    async with monitor.transaction() as tx:
        assert await tx.settings.get("before") is await tx.settings.get("after") is None
    assert not heard


async def test_a_write_that_is_refused_is_said_by_the_next_statement(monitor: SqliteMonitor) -> None:
    with suppress(LookupError):
        async with monitor.transaction() as tx:
            await tx.reports.add(make_report(make_run()))
            with pytest.raises(Conflict, match="FOREIGN KEY"):
                await tx.settings.get("mode")
            raise LookupError


async def test_a_transaction_within_a_transaction_is_an_error_and_no_deadlock(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        with pytest.raises(RuntimeError, match="do not nest"):
            await monitor.probe_write()
        await tx.settings.set("still", "usable")


async def test_nothing_is_written_once_the_transaction_is_over(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        pass

    with pytest.raises(RuntimeError, match="is over"):
        await tx.settings.set("late", True)


async def test_the_next_writer_gets_a_clean_start_after_a_failure(monitor: SqliteMonitor) -> None:
    await add_case(monitor)
    with suppress(Conflict):
        await add_case(monitor)

    await add_case(monitor, object="/other")

    assert len((await monitor.cases(10)).items) == 2


async def test_a_cancelled_transaction_leaves_nothing_and_blocks_nobody(monitor: SqliteMonitor) -> None:
    async def never_ends() -> None:
        async with monitor.transaction() as tx:
            await tx.settings.set("lost", True)
            await asyncio.Event().wait()

    writer = asyncio.create_task(never_ends())
    await asyncio.sleep(0.05)
    writer.cancel()

    async with asyncio.timeout(2), monitor.transaction() as tx:
        assert await tx.settings.get("lost") is None
    assert writer.cancelled()


@pytest.mark.parametrize("turns", range(40))
async def test_a_cancellation_at_any_moment_keeps_all_or_nothing(monitor: SqliteMonitor, turns: int) -> None:
    heard: list[StreamEvent] = []
    monitor.subscribe(heard.append)

    async def write() -> None:
        async with monitor.transaction() as tx:
            await tx.settings.set("written", True)
            await tx.ledger.append("note", "cortex", "", "written")
            await tx.stream.publish("daemon.notice", "written", {})

    writer = asyncio.create_task(write())
    for _ in range(turns):
        await asyncio.sleep(0.0001)
    writer.cancel()
    with suppress(asyncio.CancelledError):
        await writer

    async with asyncio.timeout(2), monitor.transaction() as tx:
        written = await tx.settings.get("written") is True
        await tx.ledger.append("note", "cortex", "", "next")
    assert len(heard) == len(await monitor.events(0, 10)) == int(written)
    assert len((await monitor.intents(10)).items) == 1 + int(written)
    assert (await monitor.verify_intents()).broken_at is None


async def test_a_full_disk_is_said_and_nothing_is_kept(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.settings.set("before", True)
    await limit_pages(monitor, growth=2)

    with pytest.raises(CannotPersist, match="full"):
        async with monitor.transaction() as tx:
            await tx.settings.set("large", "x" * 100_000)

    await limit_pages(monitor, growth=10_000)
    async with monitor.transaction() as tx:
        assert await tx.settings.get("large") is None
        await tx.settings.set("large", "x" * 100_000)


async def limit_pages(monitor: SqliteMonitor, growth: int) -> None:
    """Let the file grow by so many pages, as if the disk ended there."""
    driver = monitor._writer
    [(pages,)] = [tuple(row) for row in await driver.execute_fetchall("PRAGMA page_count")]
    await driver.execute_fetchall(f"PRAGMA max_page_count = {pages + growth}")


async def test_a_file_that_another_program_keeps_locked_is_said(monitor: SqliteMonitor) -> None:
    await monitor._writer.execute("PRAGMA busy_timeout = 10")

    with closing(sqlite3.connect(monitor.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CannotPersist, match="locked"):
            await monitor.probe_write()
    await monitor.probe_write()


async def test_a_closed_monitor_says_so(monitor: SqliteMonitor) -> None:
    await monitor.close()

    with pytest.raises(MonitorFailed, match="onnection"):
        await monitor.probe_write()
    with pytest.raises(MonitorFailed, match="onnection"):
        await monitor.counts()


async def test_the_probe_really_writes(monitor: SqliteMonitor) -> None:
    await monitor.probe_write()

    async with monitor.transaction() as tx:
        assert await tx.settings.get("last_probe_at") == NOW.isoformat()


async def test_the_size_grows_with_what_is_written(monitor: SqliteMonitor) -> None:
    before = monitor.size_bytes()

    async with monitor.transaction() as tx:
        await tx.settings.set("large", "x" * 500_000)

    assert monitor.size_bytes() >= before + 500_000


async def test_commits_reach_the_disk_before_they_return(monitor: SqliteMonitor) -> None:
    pragmas = {}
    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
        [(pragmas[name],)] = [tuple(row) for row in await monitor._writer.execute_fetchall(f"PRAGMA {name}")]

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import AsyncExitStack, closing, suppress

import pytest

from probed.core.intent import GENESIS
from probed.errors import Overloaded
from probed.monitor.sqlite import READERS, SqliteMonitor, open_monitor
from tests.factories import NOW, HandClock


async def append(monitor: SqliteMonitor, *texts: str) -> None:
    async with monitor.transaction() as tx:
        for text in texts:
            await tx.ledger.append("decision", "cortex", "case-1", text, {"why": text})


def edit(monitor: SqliteMonitor, statement: str) -> None:
    with closing(sqlite3.connect(monitor.path)) as database, database:
        database.execute(statement)


async def test_intents_are_linked_across_transactions(monitor: SqliteMonitor) -> None:
    await append(monitor, "asked", "approved")
    await append(monitor, "done")

    third, second, first = (await monitor.intents(10)).items
    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert (first.previous, second.previous, third.previous) == (GENESIS, first.hash, second.hash)
    assert (first.at, first.kind, first.actor, first.subject) == (NOW, "decision", "cortex", "case-1")
    assert (third.text, third.detail) == ("done", {"why": "done"})
    assert (await monitor.verify_intents()).broken_at is None


async def test_an_empty_chain_is_whole(monitor: SqliteMonitor) -> None:
    assert (await monitor.verify_intents()).broken_at is None


async def test_others_read_while_a_long_chain_is_verified(monitor: SqliteMonitor) -> None:
    await append(monitor, *(str(number) for number in range(2000)))
    async with AsyncExitStack() as all_but_one:
        for _ in range(READERS - 1):
            await all_but_one.enter_async_context(monitor._readers.session())
        verifying = asyncio.create_task(monitor.verify_intents())
        await asyncio.sleep(0)

        async with asyncio.timeout(5):
            for _ in range(5):
                await monitor.runs(1)
        assert not verifying.done()
        assert (await verifying).broken_at is None


async def test_a_chain_is_verified_for_one_at_a_time(monitor: SqliteMonitor) -> None:
    await append(monitor, *(str(number) for number in range(500)))
    verifying = asyncio.create_task(monitor.verify_intents())
    await asyncio.sleep(0)

    with pytest.raises(Overloaded, match="verified already"):
        await monitor.verify_intents()

    assert (await verifying).broken_at is None
    assert (await monitor.verify_intents()).broken_at is None


async def test_a_verification_that_is_given_up_makes_room_for_the_next(monitor: SqliteMonitor) -> None:
    await append(monitor, *(str(number) for number in range(500)))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await monitor.verify_intents()

    assert (await monitor.verify_intents()).broken_at is None


async def test_what_is_appended_meanwhile_is_verified_too(monitor: SqliteMonitor) -> None:
    await append(monitor, *(str(number) for number in range(500)))
    verifying = asyncio.create_task(monitor.verify_intents())
    await asyncio.sleep(0)
    await append(monitor, "one more")

    assert (await verifying).broken_at is None


async def test_a_chain_of_many_pieces_is_whole(monitor: SqliteMonitor) -> None:
    await append(monitor, *(f"step {number}" for number in range(450)))

    assert (await monitor.verify_intents()).broken_at is None


@pytest.mark.parametrize("number", [1, 200, 201, 399])
async def test_an_edited_intent_breaks_the_chain(monitor: SqliteMonitor, number: int) -> None:
    await append(monitor, *(f"step {count}" for count in range(400)))

    edit(monitor, f"UPDATE intents SET actor = 'nobody' WHERE number = {number}")

    assert (await monitor.verify_intents()).broken_at == number


async def test_a_removed_intent_breaks_the_chain_behind_it(monitor: SqliteMonitor) -> None:
    await append(monitor, "one", "two", "three")

    edit(monitor, "DELETE FROM intents WHERE number = 2")

    assert (await monitor.verify_intents()).broken_at == 3


async def test_detail_that_json_changes_does_not_break_the_chain(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        detail = {"sizes": {10: "a", 9: "b"}, "pair": (1, 2), "at": NOW, "share": 0.1}
        await tx.ledger.append("note", "cortex", "case-1", "odd detail", detail)

    assert (await monitor.verify_intents()).broken_at is None


async def test_the_chain_goes_on_after_a_rollback(monitor: SqliteMonitor) -> None:
    await append(monitor, "one")
    with suppress(LookupError):
        async with monitor.transaction() as tx:
            await tx.ledger.append("note", "cortex", "", "lost")
            raise LookupError

    await append(monitor, "two")

    assert [intent.text for intent in (await monitor.intents(10)).items] == ["two", "one"]
    assert (await monitor.verify_intents()).broken_at is None


async def test_the_chain_goes_on_after_a_restart(monitor: SqliteMonitor, clock: HandClock) -> None:
    await append(monitor, "before")
    again = await open_monitor(monitor.path, clock)

    await append(again, "after")

    assert (await again.verify_intents()).broken_at is None
    assert [intent.number for intent in (await again.intents(10)).items] == [2, 1]
    await again.close()

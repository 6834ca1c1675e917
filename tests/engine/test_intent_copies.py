from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from probed.core.intent import Intent
from probed.engine.intent_copies import SETTING, TRIES, IntentCopier
from probed.errors import ChannelError, MessageRefused
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from tests.factories import HandClock


class Taker:
    place = "ie"

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.is_away, self.refuses = False, ""

    async def take(self, intent: Intent) -> None:
        if self.is_away:
            raise ChannelError("ie is not installed", transient=True)
        if intent.text == self.refuses or self.refuses == "all":
            raise MessageRefused("no such task")
        self.taken.append(intent.text)


@pytest.fixture
async def monitor(tmp_path: Path) -> AsyncIterator[SqliteMonitor]:
    opened = await open_monitor(tmp_path / "monitor.db", HandClock())
    yield opened
    await opened.close()


async def write(monitor: SqliteMonitor, *texts: str, kind: str = "note") -> None:
    async with monitor.transaction() as tx:
        for text in texts:
            await tx.ledger.append(kind, "cortex", "", text)


async def test_lines_are_copied_in_order_from_the_first_turn_on_and_audits_are_not(monitor: SqliteMonitor) -> None:
    taker = Taker()
    copier = IntentCopier(taker, monitor, monitor)
    await write(monitor, "long ago")
    await copier.turn()
    await write(monitor, "one", "two")
    await write(monitor, "somebody paused it", kind="audit")
    await write(monitor, "three", kind="decision")

    await copier.turn()
    await IntentCopier(taker, monitor, monitor).turn()  # the daemon began anew

    assert taker.taken == ["one", "two", "three"]
    assert copier.notes() == ()


async def test_what_was_taken_before_the_daemon_ended_is_not_handed_on_again(monitor: SqliteMonitor) -> None:
    taker = Taker()
    await IntentCopier(taker, monitor, monitor).turn()
    await write(monitor, "one", "two", "three")

    class Ending(Taker):
        async def take(self, intent: Intent) -> None:
            if intent.text == "three":
                raise asyncio.CancelledError
            await taker.take(intent)

    with pytest.raises(asyncio.CancelledError):
        await IntentCopier(Ending(), monitor, monitor).turn()
    await IntentCopier(taker, monitor, monitor).turn()

    assert taker.taken == ["one", "two", "three"]


async def test_lines_wait_while_it_is_away_and_status_says_why(monitor: SqliteMonitor) -> None:
    taker = Taker()
    copier = IntentCopier(taker, monitor, monitor)
    await copier.turn()
    taker.is_away = True
    await write(monitor, "one", "two")
    for _ in range(TRIES + 2):
        await copier.turn()
    assert copier.notes() == ("lines of the record of intents wait: ie is not installed",)

    taker.is_away = False
    await copier.turn()

    assert (taker.taken, copier.notes()) == (["one", "two"], ())


async def test_a_line_that_is_refused_again_and_again_does_not_hold_up_the_others(monitor: SqliteMonitor) -> None:
    taker = Taker()
    copier = IntentCopier(taker, monitor, monitor)
    await copier.turn()
    taker.refuses = "bad"
    await write(monitor, "one", "bad", "three")
    for _ in range(TRIES):
        assert taker.taken in ([], ["one"])
        await copier.turn()

    assert (taker.taken, copier.notes()) == (["one", "three"], ())
    await copier.turn()
    assert taker.taken[2:] == ["number 2 is missing from the copy: ie refuses it: no such task"]


async def test_where_every_line_is_refused_none_is_lost(monitor: SqliteMonitor) -> None:
    taker = Taker()
    copier = IntentCopier(taker, monitor, monitor)
    await copier.turn()
    taker.refuses = "all"
    await write(monitor, *"abcde")
    for _ in range(2 * TRIES):
        await copier.turn()
    assert copier.notes() == ("lines of the record of intents wait: ie refuses number 1: no such task",)

    taker.refuses = ""
    await copier.turn()

    assert (taker.taken, copier.notes()) == ([*"abcde"], ())


async def test_a_line_that_is_refused_waits_as_long_as_none_comes_behind_it(monitor: SqliteMonitor) -> None:
    taker = Taker()
    copier = IntentCopier(taker, monitor, monitor)
    await copier.turn()
    taker.refuses = "bad"
    await write(monitor, "bad")
    for _ in range(TRIES + 1):
        await copier.turn()

    assert taker.taken == []
    assert copier.notes()
    await write(monitor, *"x" * 60, kind="audit")
    await write(monitor, "good")
    await copier.turn()
    assert taker.taken == ["good"]


async def test_after_a_restored_backup_it_goes_on_with_what_comes(monitor: SqliteMonitor) -> None:
    taker = Taker()
    copier = IntentCopier(taker, monitor, monitor)
    await copier.turn()
    async with monitor.transaction() as tx:
        await tx.settings.set(SETTING, 1000)
    await copier.turn()
    await write(monitor, "one")

    await copier.turn()

    assert taker.taken == ["one"]


async def test_where_nobody_wants_copies_any_more_it_begins_anew_later(monitor: SqliteMonitor, tmp_path: Path) -> None:
    taker = Taker()
    await IntentCopier(taker, monitor, monitor).turn()
    await IntentCopier(None, monitor, monitor).run()
    await write(monitor, "meanwhile")
    copier = IntentCopier(taker, monitor, monitor)
    await copier.turn()
    await write(monitor, "then")

    await copier.turn()

    assert taker.taken == ["then"]

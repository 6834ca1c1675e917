from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.matcher import parse_matchers
from probed.core.silence import FOREVER, Silence
from probed.errors import NotFound
from probed.monitor.retention import Lifetimes
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW

HOUR = timedelta(hours=1)
SILENCE = Silence("s1", parse_matchers('a="b",c!~"d.*"'), NOW, NOW + HOUR, "ann", "repairs", NOW)


async def test_a_silence_comes_back_as_it_was_saved_last(monitor: SqliteMonitor) -> None:
    longer = replace(SILENCE, ends_at=FOREVER, alert_id="a1")
    async with monitor.transaction() as tx:
        await tx.silences.save(SILENCE)
        await tx.silences.save(longer)
        assert await tx.silences.get("s1") == longer
        with pytest.raises(NotFound):
            await tx.silences.get("s")

    assert await monitor.silence("s") == longer
    assert (await monitor.silences(10)).items == [longer]


async def test_those_that_have_not_expired_are_found_and_those_of_an_alert(monitor: SqliteMonitor) -> None:
    over = replace(SILENCE, id="s0", ends_at=NOW)
    of_alert = replace(SILENCE, id="s2", alert_id="a1")
    async with monitor.transaction() as tx:
        for silence in (over, SILENCE, of_alert):
            await tx.silences.save(silence)

        assert await tx.silences.unexpired(NOW) == [SILENCE, of_alert]
        assert await tx.silences.count_unexpired(NOW) == 2
        assert await tx.silences.of_alerts(["a1", "a2"], NOW) == [of_alert]
    assert await monitor.unexpired_silences(NOW) == [SILENCE, of_alert]


async def test_expired_ones_are_removed_when_they_are_old(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.silences.save(SILENCE)

    assert (await monitor.prune(NOW + 2 * HOUR, Lifetimes(1, 1, 1, 7200)))["silences"] == 0
    assert (await monitor.prune(NOW + 4 * HOUR, Lifetimes(1, 1, 1, 7200)))["silences"] == 1

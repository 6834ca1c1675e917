"""Findings that stand on the numbers of weeks, not on the last one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.observation import Habit, Observation, Outlook
from probed.core.threshold import Threshold
from probed.testing import ScriptedCheck
from tests.engine.scenario import Host, scenario
from tests.factories import make_inspection, make_observation

DAY_S = 86400.0
HOUR = timedelta(hours=1)


def srv(value: float, **changes: object) -> Observation:
    return make_observation(object="/srv", value=value, unit="%", threshold=None, severity=None, **changes)


async def past(host: Host, hours: int, value: Callable[[int], float]) -> None:
    """So many hours until now, one number each; `value` of how many hours ago."""
    async with host.monitor.transaction() as tx:
        for ago in range(hours, 0, -1):
            await tx.samples.add("disk", [srv(value(ago))], host.clock.now() - ago * HOUR)
    await host.monitor.roll_up(host.clock.now())


async def look(host: Host, seen: Observation) -> list[str]:
    """What the report of one look says."""
    host.document(make_inspection(id="disks"), [ScriptedCheck("disk", (seen,))])
    run = await host.run("disks")
    await host.settles()
    assert run.report_id
    return [finding.summary for finding in (await host.monitor.report(run.report_id)).findings]


async def test_what_grows_is_told_before_it_is_full_and_once(tmp_path: Path) -> None:
    seen = srv(70.0, outlook=Outlook(100.0, within_s=7 * DAY_S))
    async with scenario(tmp_path) as host:
        await past(host, 14 * 24, lambda ago: 70 - ago * 0.25 + ago % 3 * 0.1)

        assert await look(host, seen) == ["/srv will be full in 5 to 6 days"]
        for _ in range(3):
            await host.passes(600, step_s=300)
            await look(host, seen)

        assert host.told == ["warning: /srv will be full in 5 to 6 days"]
        [case] = (await host.monitor.cases(10)).items
        assert (case.check, case.object) == ("trend.disk", "/srv")


@pytest.mark.parametrize("within_s", [None, 3 * DAY_S])
async def test_nobody_is_told_what_the_document_does_not_want_to_know(tmp_path: Path, within_s: float | None) -> None:
    async with scenario(tmp_path) as host:
        await past(host, 14 * 24, lambda ago: 70 - ago * 0.25 + ago % 3 * 0.1)

        assert await look(host, srv(70.0, outlook=Outlook(100.0, within_s))) == []
        assert host.engine.foresight.forecasts["disk", "/srv"].likely_s == pytest.approx(5 * DAY_S, rel=0.05)


async def test_noise_below_the_end_is_not_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await past(host, 14 * 24, lambda ago: 90 + ago * 7919 % 13 * 0.5)

        assert await look(host, srv(92.0, outlook=Outlook(100.0, 7 * DAY_S))) == []


async def test_what_the_bound_says_already_is_not_foretold(tmp_path: Path) -> None:
    full = make_observation(
        object="/srv", value=92.0, threshold=Threshold(warning=80.0), outlook=Outlook(100.0, 7 * DAY_S)
    )
    async with scenario(tmp_path) as host:
        await past(host, 14 * 24, lambda ago: 92 - ago * 0.25)

        assert len(await look(host, full)) == 1


async def test_it_resolves_once_room_is_made_and_not_while_the_check_cannot_look(tmp_path: Path) -> None:
    check = ScriptedCheck("disk", (srv(70.0, outlook=Outlook(100.0, 7 * DAY_S)),))
    async with scenario(tmp_path) as host:
        await past(host, 14 * 24, lambda ago: 70 - ago * 0.25 + ago % 3 * 0.1)
        host.document(make_inspection(id="disks"), [check])
        await host.run("disks")

        good, check.answer = check.answer, ()
        check.fail("it hangs")
        await host.run("disks")
        assert await host.stage_of("/srv") != "resolved"

        check.answer = good
        host.clock.advance(3 * DAY_S)
        await past(host, 72, lambda ago: 30.0)
        await host.run("disks")
        assert await host.stage_of("/srv") == "resolved"


async def test_a_shift_against_the_own_week_is_told_once(tmp_path: Path) -> None:
    seen = srv(60.0, habit=Habit(least=10.0))
    async with scenario(tmp_path) as host:
        await past(host, 24 * 24, lambda ago: 60.0 if ago <= 4 else 20 + ago % 24 * 0.2)

        [told] = await look(host, seen)
        assert told.startswith("disk /srv is higher than usual at this hour of the week: 60%, usually 2")
        for _ in range(80):
            host.clock.advance(3600)
            await past(host, 1, lambda ago: 60.0)
            await look(host, seen)

        assert len([title for title in host.told if title.startswith("warning")]) == 1
        assert await host.stage_of("/srv") == "resolved"


async def test_without_two_weeks_nothing_is_unusual(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await past(host, 13 * 24, lambda ago: 90.0 if ago <= 4 else 20.0)

        assert await look(host, srv(90.0, habit=Habit())) == []

"""In quiet hours only what cannot wait is told; the rest comes in one message at their end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from probed.core.dependency import Edge
from probed.core.finding import Finding, Severity
from probed.core.hours import Hours, QuietHours, Weekly
from probed.engine.sieve import HELD
from tests.engine.scenario import ANN, Host, scenario
from tests.factories import make_finding

MORNING = QuietHours(Hours(time(5), time(7), UTC))
"""The scenario begins at 06:00."""


def fault(name: str, severity: Severity = Severity.WARNING) -> Finding:
    return make_finding(check=name, object=f"/{name}", summary=f"{name} is full", severity=severity)


async def until_seven(host: Host) -> None:
    await host.passes(3300, step_s=30)


async def test_what_can_wait_comes_in_one_message_at_the_end(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.quiet = MORNING
        await host.report("a", fault("one"), fault("two"))
        await host.passes(60, step_s=5)
        await host.report("a", fault("one"))
        await host.reboot()
        await until_seven(host)
        assert host.told == []

        await host.passes(600, step_s=10)

        assert host.told == ["quiet hours: 1 alert still firing, 1 over"]
        titles = [section.title for section in host.channel.cards[0].sections]
        assert titles == ["one is full", "resolved: two is full"]
        assert host.channel.cards[0].buttons

        await host.report("a")
        await host.passes(60, step_s=5)
        assert host.told[1:] == ["resolved: one is full"]


async def test_what_cannot_wait_is_told_at_once(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.quiet = MORNING
        await host.report("a", fault("one", Severity.CRITICAL), fault("two"))

        await host.passes(30)

        assert host.told == ["critical: one is full"]


async def test_what_gets_worse_no_longer_waits(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.quiet = MORNING
        await host.report("a", fault("one"))
        await host.passes(30)
        await host.report("a", fault("one", Severity.CRITICAL))
        await host.passes(30)

        assert host.told == ["critical: one is full"]
        await until_seven(host)
        await host.passes(600, step_s=10)
        assert host.told == ["critical: one is full"]


async def test_what_was_told_before_and_ends_meanwhile_is_in_the_message(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", fault("one"))
        await host.passes(5)
        host.rules.quiet = MORNING
        await host.report("a")
        await until_seven(host)
        assert host.told == ["warning: one is full"]

        await host.passes(600, step_s=10)

        assert host.told[1:] == ["quiet hours: 0 alerts still firing, 1 over"]


@pytest.mark.parametrize("is_acknowledged", [False, True])
async def test_what_was_told_before_and_merely_goes_on_is_not_told_every_morning(
    tmp_path: Path, is_acknowledged: bool
) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", fault("one"))
        await host.passes(5)
        [alert] = (await host.monitor.alerts(10)).items
        if is_acknowledged:
            await host.engine.operator.acknowledge(alert.id, ANN)
        host.rules.quiet = MORNING

        await until_seven(host)
        await host.passes(600, step_s=10)

        assert host.told == ["warning: one is full"]


async def test_nothing_says_that_it_is_held_back_once_it_was_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.quiet = MORNING
        await host.report("a", fault("one"))
        await host.passes(60, step_s=5)
        [held] = (await host.monitor.alerts(10)).items
        assert held.annotations[HELD] == "quiet hours"

        await until_seven(host)
        await host.passes(600, step_s=10)

        [told] = (await host.monitor.alerts(10)).items
        assert HELD not in told.annotations


async def test_a_root_is_told_with_what_depends_on_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.quiet, host.rules.dependencies = MORNING, (Edge("/shop", "/db"),)
        await host.report("a", fault("shop"), fault("db"))

        await until_seven(host)
        await host.passes(600, step_s=10)

        assert host.told == ["quiet hours: 1 alert still firing, 0 over"]
        assert "1 alert depends on it: /shop" in host.channel.cards[0].sections[0].lines


async def test_a_quiet_night_ends_without_a_message(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.quiet = MORNING

        await until_seven(host)
        await host.passes(600, step_s=10)

        assert host.told == []


async def test_hours_that_were_prolonged_meanwhile_hold(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.quiet = MORNING
        await host.report("a", fault("one"))
        await host.passes(60, step_s=5)
        host.rules.quiet = QuietHours(Hours(time(5), time(8), UTC))

        await until_seven(host)
        await host.passes(600, step_s=10)
        assert host.told == []
        await host.passes(3600, step_s=30)

        assert host.told == ["quiet hours: 1 alert still firing, 0 over"]


async def test_the_week_is_told_once_and_an_empty_one_not_at_all(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.weekly = Weekly(5, time(8), ZoneInfo("Europe/Berlin"))
        await host.reboot()
        await host.report("a", fault("one"))
        await host.passes(600, step_s=10)
        await host.report("a")
        await host.passes(24 * 3600, step_s=600)
        assert host.told[2:] == []

        await host.reboot()
        await host.passes(8 * 24 * 3600, step_s=3600)

        assert host.told[2:] == ["the last seven days"]
        [section] = host.channel.cards[-1].sections
        assert section.lines == ("1 alert: 1 warning", "over after 10 min on average, after 10 min at the longest")


async def test_a_host_that_wakes_in_1970_has_missed_no_week(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.weekly = Weekly(0, time(8), UTC)
        await host.report("a", fault("one"))
        await host.passes(10)
        today = host.clock.at
        host.clock.at = datetime(1970, 1, 1, tzinfo=UTC)
        await host.reboot("next boot")
        await host.passes(30)

        host.clock.at = today
        await host.passes(30)
        assert "the last seven days" not in host.told
        await host.passes(4 * 86400, step_s=3600)

        assert host.told.count("the last seven days") == 1


async def test_a_clock_that_is_set_back_and_forth_across_the_hour_tells_no_week_twice(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:  # it begins on a Friday
        host.rules.weekly = Weekly(4, time(7), UTC)
        await host.reboot()
        await host.report("a", fault("one"))
        await host.passes(3 * 3600, step_s=600)
        assert host.told.count("the last seven days") == 1

        for step in (-timedelta(days=1), timedelta(days=1), timedelta(days=1), -timedelta(days=1)):
            host.clock.at += step
            await host.passes(600, step_s=60)

        assert host.told.count("the last seven days") == 1


async def test_a_week_that_begins_at_another_hour_is_told_then_without_a_restart(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:  # it begins on a Friday
        await host.report("a", fault("one"))
        await host.passes(10)
        rules = replace(host.rules, weekly=Weekly(4, time(7), UTC), routing=replace(host.rules.routing))
        host.engine.take_over(rules)

        await host.passes(3600, step_s=60)

        assert host.told[1:] == ["the last seven days"]

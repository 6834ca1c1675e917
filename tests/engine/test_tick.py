from datetime import time, timedelta
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.engine.tick import HELD_UP_S, LONGEST_SLEEP_S, next_turn_in_s
from tests.engine.scenario import ANN, scenario
from tests.factories import NOW, make_finding


async def test_what_was_noted_is_told_in_one_daily_digest(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.digest_at = time(0, 0)
        await host.settles()
        await host.report("a", make_finding(object="/a", severity=Severity.INFO, summary="a was cleaned"))
        await host.report("b", make_finding(object="/b", severity=Severity.INFO, summary="b was cleaned"))
        assert host.told == []

        await host.passes(3 * 86400, step_s=3600)

        assert host.told == ["digest: 2 noted or fixed"]
        assert host.channel.cards[0].sections[0].lines == ("a was cleaned", "b was cleaned")


@pytest.mark.parametrize(("begins_at", "days"), [(time(8), 0), (time(5), 1)])
async def test_the_first_digest_comes_at_the_first_hour_that_is_due(tmp_path: Path, begins_at: time, days: int) -> None:
    async with scenario(tmp_path) as host:  # it begins at 06:00
        host.rules.digest_at = begins_at
        await host.settles()
        await host.report("a", make_finding(severity=Severity.INFO, summary="a was cleaned"))
        due_in_s = (begins_at.hour - 6) * 3600 + days * 86400

        await host.passes(due_in_s - 60, step_s=600)
        assert host.told == []
        await host.reboot()
        await host.passes(120, step_s=60)

        assert host.told == ["digest: 1 noted or fixed"]


async def test_a_day_without_news_has_no_digest(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.digest_at = time(0, 0)

        await host.passes(3 * 86400, step_s=3600)

        assert host.told == []


async def test_an_acknowledged_alert_is_not_told_again(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding())
        await host.passes(2)
        [alert] = (await host.monitor.alerts(10)).items

        await host.engine.operator.acknowledge(alert.id, ANN)
        await host.passes(14 * 3600, step_s=300)

        assert len(host.told) == 1


async def test_an_alert_that_nobody_acknowledged_is_repeated_after_twelve_hours(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding())

        await host.passes(13 * 3600, step_s=300)

        assert host.told == ["warning: /srv is 85% full", "still firing: /srv is 85% full"]


async def test_when_nothing_is_due_the_engine_sleeps(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        assert await host.engine.ticker.turn() == 30.0


async def test_the_engine_wakes_for_the_next_flush(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("a", make_finding())

        assert 0 < await host.engine.ticker.turn() <= 1.0


def test_what_is_held_up_keeps_nothing_else_from_its_moment() -> None:
    looked_at, now = NOW, NOW + timedelta(seconds=0.2)
    held_up, missed, soon = NOW - timedelta(seconds=1), NOW + timedelta(seconds=0.1), NOW + timedelta(seconds=0.3)

    assert next_turn_in_s([held_up, missed], looked_at, now) == 0, "its time came while the turn was under way"
    assert next_turn_in_s([held_up, soon], looked_at, now) == pytest.approx(0.1)
    assert next_turn_in_s([held_up], looked_at, now) == HELD_UP_S
    assert next_turn_in_s([], looked_at, now) == LONGEST_SLEEP_S

"""An alert that goes up and down all the time is told once, held, and told once when it is steady again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from probed.core.dependency import Edge
from probed.core.external_alert import AlertDraft
from probed.core.flapping import FlapBounds
from tests.engine.scenario import ANN, Host, scenario
from tests.factories import make_finding

FULL = "/srv is 85% full"


async def flaps(host: Host, times: int, every_s: float = 30) -> None:
    for _ in range(times):
        await host.report("a", make_finding())
        await host.passes(every_s, step_s=5)
        await host.report("a")
        await host.passes(every_s, step_s=5)


async def test_it_is_told_once_and_its_ups_and_downs_are_held(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await flaps(host, 3)
        before = len(host.told)

        await flaps(host, 10)

        assert host.told.count(f"flapping: {FULL}") == 1
        assert host.told[-1] == f"flapping: {FULL}"
        assert before == len(host.told)


async def test_what_flaps_with_its_root_is_not_told(tmp_path: Path) -> None:
    shop, db = make_finding(object="shop", summary="shop is down"), make_finding(object="db", summary="db is down")
    async with scenario(tmp_path) as host:
        host.rules.dependencies = (Edge("shop", "db"),)
        for _ in range(10):
            await host.report("a", db, shop)
            await host.passes(30, step_s=5)
            await host.report("a")
            await host.passes(30, step_s=5)

    assert host.told[-1] == "flapping: db is down"
    assert not [title for title in host.told if "shop" in title]


async def test_its_end_is_told_once_with_how_it_is_then(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await flaps(host, 8)
        told = len(host.told)

        for _ in range(25):
            await host.report("a")
            await host.passes(30, step_s=5)

        assert host.told[told:] == [f"no longer flapping: {FULL}"]
        assert host.channel.cards[-1].sections[0].lines[0] == "it is resolved"


async def test_an_end_that_fires_is_told_as_such_and_its_end_later(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await flaps(host, 8)
        told = len(host.told)

        for _ in range(25):
            await host.report("a", make_finding())
            await host.passes(30, step_s=5)
        assert host.told[told:] == [f"no longer flapping: {FULL}"]
        assert host.channel.cards[-1].sections[0].lines[0] == "it fires"

        await host.report("a")
        await host.passes(60, step_s=5)
        assert host.told[told + 1 :] == [f"resolved: {FULL}"]


async def test_it_survives_restarts(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        for _ in range(8):
            await flaps(host, 1)
            await host.reboot()

        assert host.told.count(f"flapping: {FULL}") == 1
        assert host.told[-1] == f"flapping: {FULL}"


async def test_without_reports_time_makes_it_steady(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await flaps(host, 8)
        told = len(host.told)

        await host.passes(24 * 3600, step_s=600)

        assert host.told[told:] == [f"no longer flapping: {FULL}"]


async def test_ups_and_downs_far_between_are_no_flapping(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        for _ in range(6):
            await host.report("a", make_finding())
            await host.passes(60, step_s=5)
            for _ in range(12):
                await host.report("a")
                await host.passes(60, step_s=20)

        assert host.told == [f"warning: {FULL}", f"resolved: {FULL}"] * 6


async def test_it_can_be_switched_off_and_its_bounds_moved(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.rules.flapping = None
        await flaps(host, 8)
        assert f"flapping: {FULL}" not in host.told

        host.rules.flapping = FlapBounds(high_percent=90, low_percent=80)
        await flaps(host, 8)
        assert f"flapping: {FULL}" not in host.told

        await flaps(host, 1)
        assert host.told[-1] == f"flapping: {FULL}"


async def test_what_flapped_when_its_alert_was_forgotten_holds_nothing_up(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        for _ in range(8):
            now, labels = host.clock.now(), {"alertname": "Down", "object": "shop"}
            for end in (now + timedelta(days=1), now):
                await host.engine.operator.take_alerts([AlertDraft(labels, {}, now, end)], ANN)
                await host.passes(10, step_s=5)
        routing = host.rules.routing
        for is_strict in (True, False):  # a start in compatibility with Alertmanager forgets alerts
            host.rules.routing = replace(routing, is_strict=is_strict)
            await host.reboot()
        told = len(host.told)

        await host.passes(1200, step_s=15)
        await host.report("a", make_finding())
        await host.passes(5)

        assert host.told[told:] == [f"warning: {FULL}"]

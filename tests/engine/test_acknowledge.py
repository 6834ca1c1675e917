"""Who acknowledges looks after it; for a while, if they say so."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.maintenance import WindowDraft
from probed.errors import Conflict, ParameterError
from tests.engine.scenario import ANN, Host, scenario
from tests.factories import make_finding

FULL = "/srv is 85% full"


async def told_alert(host: Host) -> str:
    await host.report("a", make_finding())
    await host.passes(2)
    [alert] = (await host.monitor.alerts(10)).items
    return alert.id


async def test_an_acknowledgement_lapses_and_the_alert_is_told_again(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        id_ = await told_alert(host)
        acknowledged = await host.engine.operator.acknowledge(id_, ANN, 7200)
        assert acknowledged.acknowledged_until == host.clock.now() + timedelta(hours=2)

        await host.passes(7190, step_s=30)
        assert host.told == [f"warning: {FULL}"]
        await host.reboot()
        await host.passes(30)

        assert host.told == [f"warning: {FULL}", f"still warning: {FULL}"]
        alert = await host.monitor.alert(id_)
        assert (alert.state, alert.acknowledged_by, alert.acknowledged_until) == ("firing", "", None)
        assert host.channel.cards[-1].buttons[0].verb == "acknowledge"


async def test_without_an_end_it_lasts(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.engine.operator.acknowledge(await told_alert(host), ANN)

        await host.passes(14 * 86400, step_s=3600)

        assert host.told == [f"warning: {FULL}"]


async def test_it_can_be_prolonged_but_not_said_twice(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        id_ = await told_alert(host)
        await host.engine.operator.acknowledge(id_, ANN, 60)

        await host.engine.operator.acknowledge(id_, ANN, 3600)
        with pytest.raises(Conflict):
            await host.engine.operator.acknowledge(id_, ANN)
        await host.passes(120, step_s=5)

        assert host.told == [f"warning: {FULL}"]


async def test_what_resolves_meanwhile_does_not_lapse(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.engine.operator.acknowledge(await told_alert(host), ANN, 60)
        await host.report("a")

        await host.passes(120, step_s=5)

        assert host.told == [f"warning: {FULL}", f"resolved: {FULL}"]


async def test_a_rise_in_severity_ends_it_with_its_timer(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.engine.operator.acknowledge(await told_alert(host), ANN, 60)
        await host.report("a", make_finding(severity=Severity.CRITICAL))

        await host.passes(120, step_s=5)

        assert host.told == [f"warning: {FULL}", f"critical: {FULL}"]


@pytest.mark.parametrize("for_s", [0, -5, 1e12])
async def test_a_span_that_makes_no_sense_is_refused(tmp_path: Path, for_s: float) -> None:
    async with scenario(tmp_path) as host:
        id_ = await told_alert(host)
        with pytest.raises(ParameterError):
            await host.engine.operator.acknowledge(id_, ANN, for_s)


async def test_a_clock_that_is_set_moves_its_end(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        id_ = await told_alert(host)
        await host.engine.operator.acknowledge(id_, ANN, 600)
        host.clock.at += timedelta(hours=3)

        await host.passes(500, step_s=10)
        assert len(host.told) == 1
        await host.passes(200, step_s=10)

        assert len(host.told) == 2


async def test_one_that_ends_while_nothing_is_told_lapses_afterwards(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        id_ = await told_alert(host)
        await host.engine.operator.acknowledge(id_, ANN, 600)
        await host.engine.operator.start_maintenance(WindowDraft(host.clock.now() + timedelta(hours=1)), ANN)

        await host.passes(3500, step_s=20)
        assert len(host.told) == 1
        await host.passes(200, step_s=20)

        assert host.told[1:] == [f"still warning: {FULL}"]

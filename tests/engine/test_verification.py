"""What a verification is told of the execution that it verifies."""

from __future__ import annotations

from pathlib import Path

from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.testing import ScriptedCheck
from tests.engine.scenario import Host, scenario, with_actions

UNIT = "nginx.service"


def failing(host: Host) -> None:
    check = ScriptedCheck("systemd_unit", (Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL),))
    host.document(with_actions(l1=["restart_unit"]), [check])


async def test_it_gets_what_the_execution_returned(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host)

        await host.run("services")
        await host.settles()

        [executed] = host.action.verified
        assert executed
        assert executed.detail == "restarted"


async def test_after_a_crash_there_is_nothing_to_be_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        failing(host)
        await host.run("services")
        [effect] = await host.pending_actions()
        await host.break_off(effect.id)

        await host.reboot()
        await host.settles()

        assert host.action.verified == [None]
        assert host.action.executed == []

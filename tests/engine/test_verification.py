"""What a verification is told of the execution that it verifies."""

from __future__ import annotations

from pathlib import Path

from probed.core.decision import DecisionState
from probed.core.finding import ActionCall, Severity
from probed.core.inspection import ActionRule, CheckCall
from probed.core.observation import Observation
from probed.core.report import Verdict
from probed.testing import ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions
from tests.factories import make_finding, make_inspection

UNIT = "nginx.service"


def failing(host: Host, source: str = "services") -> ScriptedCheck:
    check = ScriptedCheck("systemd_unit", (Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL),))
    host.document(with_actions(l1=["restart_unit"], named=source), [check])
    return check


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


async def test_a_fix_that_nothing_has_looked_after_is_not_verified(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.action.has_looked = False
        call = ActionCall("restart_unit", {"unit": UNIT})
        await host.report("backup", make_finding(object=UNIT, proposed_action=call), verdict=Verdict.CRITICAL)
        [waiting] = (await host.monitor.decisions(10)).items

        await host.engine.operator.approve(waiting.id, ANN)
        await host.settles()

        [change] = (await host.monitor.changes(10)).items
        assert change.outcome == "not_verified"
        assert "nothing has looked" in change.detail
        assert (await host.monitor.decision(waiting.id)).state is DecisionState.FAILED
        assert await host.stage_of(UNIT) == "told"


async def test_the_check_that_found_it_has_the_word_where_the_action_does_not_look(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.action.has_looked = False
        check = failing(host)
        host.action.on_execute = lambda: setattr(check, "answer", (Observation(UNIT, "active"),))

        await host.run("services")
        await host.settles()

        [change] = (await host.monitor.changes(10)).items
        assert change.outcome == "verified"


async def test_what_helped_another_case_has_helped_this_one_only_if_its_fault_is_gone(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        checks = [failing(host), failing(host, "web")]
        host.action.on_execute = lambda: setattr(checks[0], "answer", (Observation(UNIT, "active"),))

        await host.run("services")
        await host.run("web")
        await host.passes(5)

        stages = {case.source: case.stage for case in (await host.monitor.cases(10)).items}
        assert len(host.action.executed) == 1
        assert stages == {"services": "resolved", "web": "told"}


async def test_a_fix_is_limited_for_what_comes_again_as_another_object(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = ScriptedCheck("systemd_unit", ())
        fixed = ActionRule(automatic={"restart_unit": {"program": "worker"}})
        host.document(make_inspection(id="services", actions=fixed, checks=(CheckCall("systemd_unit"),)), [check])

        for pid in range(3):
            check.answer = (Observation(f"process {pid}", "it grows", severity=Severity.CRITICAL),)
            await host.run("services")
            await host.settles()

        assert [call["unit"] for call in host.action.executed] == ["process 0"]
        assert (await host.monitor.decisions(10, state="waiting")).items

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.maintenance import WindowDraft
from probed.core.matcher import parse_matchers
from probed.core.permission import Mode, Permission
from probed.errors import NotFound, ParameterError
from probed.testing import ScriptedActions
from tests.api.fuzzing import UnitAction
from tests.engine.scenario import ANN, scenario

PARAMS = {"unit": "a.service"}


async def test_a_person_is_told_what_would_be_done_and_nothing_is(tmp_path: Path) -> None:
    action = UnitAction(reversible=True)
    async with scenario(tmp_path, actions=ScriptedActions(action), mode=Mode.OBSERVE) as host:
        seen = await host.engine.operator.dry_run("restart_unit", PARAMS, ANN)

        assert (seen.obstacle, seen.would_do, seen.object) == ("", "would restart a.service", "a.service")
        assert (seen.reversible, seen.permission, seen.held) == (True, Permission.AUTOMATIC, True)
        assert action.executed == []
        line = (await host.monitor.intents(1)).items[0]
        assert (line.actor, line.subject) == (ANN.name, "restart_unit")
        assert line.text == "looked what restart_unit unit='a.service' would do"


@pytest.mark.parametrize(
    ("matchers", "is_held"), [('object="a.service"', True), ('host="host-a"', True), ('object="b.service"', False)]
)
async def test_maintenance_holds_it_on_what_it_covers(tmp_path: Path, matchers: str, is_held: bool) -> None:
    async with scenario(tmp_path, actions=ScriptedActions(UnitAction(reversible=True)), mode=Mode.ACT) as host:
        until = host.clock.now() + timedelta(hours=1)
        await host.engine.operator.start_maintenance(WindowDraft(until, matchers=parse_matchers(matchers)), ANN)

        seen = await host.engine.operator.dry_run("restart_unit", PARAMS, ANN)

        assert seen.held is is_held


async def test_what_stands_in_its_way_is_said(tmp_path: Path) -> None:
    async with scenario(tmp_path, actions=ScriptedActions(UnitAction(holds=False))) as host:
        seen = await host.engine.operator.dry_run("restart_unit", PARAMS, ANN)

        assert (seen.obstacle, seen.would_do) == ("as the test says", "")


async def test_no_such_action_and_no_such_parameter(tmp_path: Path) -> None:
    async with scenario(tmp_path, actions=ScriptedActions(UnitAction())) as host:
        with pytest.raises(NotFound):
            await host.engine.operator.dry_run("format_disk", PARAMS, ANN)
        with pytest.raises(ParameterError, match="is all that it takes"):
            await host.engine.operator.dry_run("restart_unit", {}, ANN)
        assert (await host.monitor.intents(1)).items == []

"""Modes, rungs and pins, as the ladder obeys them."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.autonomy import Rung, Terms
from probed.core.finding import Severity
from probed.core.inspection import Policy
from probed.core.observation import Observation
from probed.core.permission import Mode
from probed.errors import ParameterError
from probed.testing import ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions

UNIT = "nginx.service"
FAILED = (Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL),)
ACTIVE = (Observation(UNIT, "active"),)


def failing(host: Host) -> ScriptedCheck:
    check = ScriptedCheck("systemd_unit", FAILED)
    host.document(with_actions(l1=["restart_unit"]), [check])

    def heal() -> None:
        check.answer = ACTIVE

    host.action.on_execute = heal
    return check


async def breaks(host: Host, check: ScriptedCheck) -> None:
    """The unit fails, hours after whatever was before, and is healthy again in the end."""
    host.clock.advance(7200)
    for answer in (FAILED, ACTIVE):
        check.answer = answer
        await host.run("services")
        await host.settles()


async def rung_of(host: Host) -> str:
    [standing] = await host.monitor.standings()
    return str(standing.rung)


async def test_the_operators_mode_holds_over_restart_and_reload_and_only_for_the_action_that_is_named(
    tmp_path: Path,
) -> None:
    async with scenario(tmp_path, mode=Mode.OBSERVE) as host:
        check = failing(host)
        await host.engine.operator.set_mode(Mode.ACT, ANN, "restart_unit")
        await host.reboot()
        host.engine.take_over(host.rules)

        await breaks(host, check)
        assert len(host.action.executed) == 1

        await host.engine.operator.set_mode(None, ANN, "restart_unit")
        await breaks(host, check)
        assert len(host.action.executed) == 1
        assert (await host.engine.operator.modes()).general is Mode.OBSERVE


async def test_a_choice_is_in_the_chain_with_its_person(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.engine.operator.set_mode(Mode.OBSERVE, ANN)
        await host.engine.operator.pin("restart_unit", "unit", Rung.ASK, ANN)

        texts = [(intent.actor, intent.text) for intent in (await host.monitor.intents(10)).items]
        assert texts == [
            (ANN.name, "pinned restart_unit on unit to ask"),
            (ANN.name, "set the mode to observe"),
        ]


async def test_there_is_no_mode_and_no_pin_for_what_is_no_action(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        with pytest.raises(ParameterError, match="there is no action"):
            await host.engine.operator.set_mode(Mode.ACT, ANN, "format_disk")
        with pytest.raises(ParameterError, match="works on unit"):
            await host.engine.operator.pin("restart_unit", "container", Rung.ASK, ANN)


async def test_in_observe_the_card_says_what_would_have_been_done_and_what_that_would_have_changed(
    tmp_path: Path,
) -> None:
    async with scenario(tmp_path, mode=Mode.OBSERVE) as host:
        failing(host)

        await host.run("services")
        await host.settles()
        await host.passes(2)

        assert host.action.executed == []
        [card] = host.channel.cards
        assert (
            "would have run restart_unit unit='nginx.service' (mode is observe; document services allows it on L1): "
            "would restart nginx.service"
        ) in card.as_text()


@pytest.mark.parametrize(
    ("policy", "level", "executed", "waiting", "said"),
    [
        (Policy.OPERATOR, "l1", 1, 0, ""),
        (Policy.OPERATOR, "l2", 0, 1, ""),
        (Policy.CAREFUL, "l1", 0, 1, ""),
        (Policy.CAREFUL, "l2", 0, 1, ""),
        (Policy.OBSERVE, "l1", 0, 0, "the policy of document services is observe"),
        (Policy.OBSERVE, "l2", 0, 0, "the policy of document services is observe"),
    ],
)
async def test_the_documents_policy_bounds_what_comes_of_its_actions(
    tmp_path: Path, policy: Policy, level: str, executed: int, waiting: int, said: str
) -> None:
    async with scenario(tmp_path) as host:
        levels = {level: ["restart_unit"]}
        host.document(with_actions(**levels, policy=policy), [ScriptedCheck("systemd_unit", FAILED)])  # type: ignore[arg-type]

        await host.run("services")
        await host.settles()
        await host.passes(2)

        assert len(host.action.executed) == executed
        assert len((await host.monitor.decisions(5, state="waiting")).items) == waiting
        assert said in "\n".join(card.as_text() for card in host.channel.cards)


async def test_it_climbs_from_observing_to_running_by_itself_and_falls_on_a_failure(tmp_path: Path) -> None:
    async with scenario(tmp_path, mode=Mode.EARNED) as host:
        host.rules.autonomy = Terms(rehearsals=2, threshold=0.3)
        check = failing(host)

        for rung in ("observe", "dry_run", "dry_run", "ask"):
            await breaks(host, check)
            assert await rung_of(host) == rung
        assert host.action.executed == []

        for number in (1, 2):
            check.answer = FAILED
            host.clock.advance(7200)
            await host.run("services")
            await host.settles()
            [waiting] = (await host.monitor.decisions(10, state="waiting")).items
            assert waiting.reason == "mode is earned, and it has earned ask"
            await host.engine.operator.approve(waiting.id, ANN)
            await host.settles()
            assert len(host.action.executed) == number
        assert await rung_of(host) == "automatic"

        await breaks(host, check)
        assert len(host.action.executed) == 3

        host.action.helps = False
        await breaks(host, check)
        assert (len(host.action.executed), await rung_of(host)) == (4, "ask")


async def test_what_only_looks_possible_earns_nothing(tmp_path: Path) -> None:
    async with scenario(tmp_path, mode=Mode.EARNED) as host:
        host.rules.autonomy = Terms(rehearsals=1)
        check = failing(host)
        host.action.holds = False

        await breaks(host, check)

        assert await host.monitor.standings() == []


@pytest.mark.parametrize(("rung", "executed", "stage"), [("observe", 0, "told"), ("ask", 0, "asking")])
async def test_a_pin_binds_in_every_mode(tmp_path: Path, rung: str, executed: int, stage: str) -> None:
    async with scenario(tmp_path, mode=Mode.ACT) as host:
        failing(host)
        await host.engine.operator.pin("restart_unit", "unit", Rung(rung), ANN)

        await host.run("services")
        await host.settles()

        assert (len(host.action.executed), await host.stage_of(UNIT)) == (executed, stage)


async def test_what_did_not_help_is_not_tried_again_by_itself_when_the_fault_comes_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = failing(host)
        host.action.helps = False
        await breaks(host, check)

        host.clock.advance(7200)
        check.answer = FAILED
        await host.run("services")
        await host.settles()

        assert len(host.action.executed) == 1
        [waiting] = (await host.monitor.decisions(10, state="waiting")).items
        assert waiting.reason == "did not help at 08:00 UTC"


async def test_what_ran_as_often_as_it_may_in_a_day_asks(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = failing(host)
        host.action.daily_cap = 2

        for _ in range(3):
            await breaks(host, check)

        assert len(host.action.executed) == 2

"""What goes into the outbox."""

from pathlib import Path

import pytest

from probed.core.decision import DecisionState
from probed.core.effect import EffectState
from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.engine.cards import outcome_card
from probed.engine.ids import Ids
from probed.engine.outbox import Outbox
from probed.testing import ScriptedCheck
from tests.engine.scenario import Host, scenario, with_actions
from tests.factories import make_decision, make_message


async def outcome_of(host: Host, decision_id: str) -> list[str]:
    """What the outcome of the decision puts into the outbox."""
    card = outcome_card(make_decision(), "it is over")
    async with host.monitor.transaction() as tx:
        before = {message.id for message in await tx.effects.queued_for("recording", 100)}
        await Outbox(Ids(host.clock), host.clock, host.rules).post(tx, decision_id, card)
        waiting = await tx.effects.queued_for("recording", 100)
    return [message.subject for message in waiting if message.id not in before]


@pytest.mark.parametrize("state", [EffectState.DONE, EffectState.PENDING, EffectState.IN_DOUBT])
async def test_the_outcome_of_a_question_that_was_put_is_told(tmp_path: Path, state: EffectState) -> None:
    async with scenario(tmp_path) as host:
        async with host.monitor.transaction() as tx:
            await tx.effects.save(make_message("recording", subject="d1", state=state))

        assert await outcome_of(host, "d1") == ["d1"]


async def test_the_outcome_of_a_question_that_nobody_was_asked_is_not_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        async with host.monitor.transaction() as tx:
            await tx.effects.save(make_message("recording", subject="d1"))

        assert await outcome_of(host, "d2") == []


async def test_a_question_that_went_during_the_first_sweep_is_never_heard_of(tmp_path: Path) -> None:
    async with scenario(tmp_path, first_sweep_done=False) as host:
        check = ScriptedCheck("systemd_unit", (Observation("u", "u failed", severity=Severity.CRITICAL),))
        host.document(with_actions(l2=["restart_unit"]), [check])
        await host.run("services")
        await host.settles()

        check.answer = (Observation("u", "active"),)
        await host.run("services")
        await host.while_turning(host.engine.runs.first_sweep([]))
        await host.passes(60)

        assert host.told == []


async def test_the_outcome_of_a_question_on_the_first_sweeps_card_is_told(tmp_path: Path) -> None:
    failed = tuple(Observation(f"u{n}", f"u{n} failed", severity=Severity.CRITICAL) for n in range(12))
    async with scenario(tmp_path, first_sweep_done=False) as host:
        host.document(with_actions(l2=["restart_unit"]), [ScriptedCheck("systemd_unit", failed)])
        await host.while_turning(host.engine.runs.first_sweep(["services"]))
        waiting = (await host.monitor.decisions(50, state=DecisionState.WAITING)).items
        assert waiting

        for decision in waiting:
            assert await outcome_of(host, decision.id) == [decision.id]
        assert await outcome_of(host, make_decision().id) == []

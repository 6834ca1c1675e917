"""What goes into the outbox."""

from pathlib import Path

import pytest

from probed.core.card import Card
from probed.core.decision import DecisionState
from probed.core.effect import EffectState
from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.engine.cards import notice_card
from probed.engine.ids import Ids
from probed.engine.outbox import Outbox
from probed.testing import ScriptedCheck
from tests.engine.scenario import Host, scenario, with_actions
from tests.factories import make_decision, make_message

OUTCOME: Card = notice_card("host-a", "it is over")


async def post_outcome(host: Host, decision_id: str) -> list[str]:
    """What it puts into the outbox."""
    async with host.monitor.transaction() as tx:
        before = {message.id for message in await tx.effects.queued_for("recording", 100)}
        await Outbox(Ids(host.clock), host.clock, host.rules).post_outcome(tx, decision_id, OUTCOME)
        waiting = await tx.effects.queued_for("recording", 100)
    return [str(message.payload["title"]) for message in waiting if message.id not in before]


@pytest.mark.parametrize("state", [EffectState.DONE, EffectState.PENDING, EffectState.IN_DOUBT])
async def test_the_outcome_of_a_question_that_was_put_is_told(tmp_path: Path, state: EffectState) -> None:
    async with scenario(tmp_path) as host:
        async with host.monitor.transaction() as tx:
            await tx.effects.save(make_message("recording", subject="d1", state=state))

        assert await post_outcome(host, "d1") == ["it is over"]


async def test_the_outcome_of_a_question_that_nobody_was_asked_is_not_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        async with host.monitor.transaction() as tx:
            await tx.effects.save(make_message("recording", subject="d1"))

        assert await post_outcome(host, "d2") == []


async def test_the_outcome_of_a_question_on_the_first_sweeps_card_is_told(tmp_path: Path) -> None:
    failed = tuple(Observation(f"u{n}", f"u{n} failed", severity=Severity.CRITICAL) for n in range(12))
    async with scenario(tmp_path, first_sweep_done=False) as host:
        host.document(with_actions(l2=["restart_unit"]), [ScriptedCheck("systemd_unit", failed)])
        await host.while_turning(host.engine.runs.first_sweep(["services"]))
        waiting = (await host.monitor.decisions(50, state=DecisionState.WAITING)).items
        assert waiting

        for decision in waiting:
            assert await post_outcome(host, decision.id) == ["it is over"]
        assert await post_outcome(host, make_decision().id) == []

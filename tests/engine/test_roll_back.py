"""What is put back: because it did not help, because nobody confirmed it, because a person wants it back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.action import Executed
from probed.core.change import Change
from probed.core.decision import DecisionState
from probed.core.effect import EffectKind, EffectState, QueuedEffect
from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.engine.roll_back import MOST_ATTEMPTS
from probed.errors import ActionFailed, Conflict, NotFound, Refused
from probed.ports import Action
from probed.testing import ScriptedAction, ScriptedActions, ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions

UNIT = "nginx.service"
FAILED = (Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL),)
ACTIVE = (Observation(UNIT, "active"),)
WAS = {"active_state": "failed"}


async def breaks(host: Host, *, l2: bool = False) -> None:
    """A reversible fix is at hand that helps; on L1 it is done."""
    host.action.reversible = True
    check = ScriptedCheck("systemd_unit", FAILED)
    name = ["restart_unit"]
    host.document(with_actions(l1=[] if l2 else name, l2=name if l2 else []), [check])

    def heal() -> None:
        check.answer = ACTIVE

    host.action.on_execute = heal
    await host.run("services")
    await host.settles()


async def fixed(host: Host) -> Change:
    await breaks(host)
    return await the_change(host)


async def the_change(host: Host) -> Change:
    [change] = (await host.monitor.changes(10)).items
    return change


def armed(host: Host) -> None:
    host.rules.revert_after_s = {"restart_unit": 900.0}


async def test_what_did_not_help_is_put_back_and_its_case_climbs(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.action.helps = False

        change = await fixed(host)
        await host.passes(2)

        assert host.action.rolled_back == [WAS]
        assert (change.outcome, change.roll_back) == ("rolled_back", "it did not help")
        assert host.told == [f"critical: {UNIT} failed"]
        assert "rolled back" in host.channel.cards[0].as_text()


async def test_what_did_not_help_waits_for_nobodys_confirmation(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        armed(host)
        host.action.helps = False

        change = await fixed(host)
        await host.passes(1000, step_s=100)

        assert host.action.rolled_back == [WAS]
        assert change.revert_at is None
        assert not any("changes confirm" in command for card in host.channel.cards for command in card.commands)


async def test_what_helped_stays_where_no_timer_was_set(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        change = await fixed(host)

        await host.passes(7200, step_s=600)

        assert host.action.rolled_back == []
        assert (change.outcome, change.revert_at) == ("verified", None)


async def test_what_nobody_confirms_is_rolled_back_when_its_time_is_over(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        armed(host)
        change = await fixed(host)
        assert change.is_armed
        assert any(f"cortexctl changes confirm {change.id}" in card.commands for card in host.channel.cards)

        await host.passes(890, step_s=89)
        assert host.action.rolled_back == []
        await host.passes(20, step_s=10)

        assert host.action.rolled_back == [WAS]
        rolled_back = await the_change(host)
        assert (rolled_back.outcome, rolled_back.roll_back) == (
            "rolled_back",
            "nobody confirmed it in time; put back",
        )
        assert any("was rolled back" in title for title in host.told)


async def test_however_long_it_takes_there_is_the_whole_time_to_confirm_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        armed(host)
        await breaks(host, l2=True)
        heal = host.action.on_execute

        def takes_long() -> None:
            heal()
            host.clock.advance(600)

        host.action.on_execute = takes_long
        [waiting] = (await host.monitor.decisions(10)).items
        await host.engine.operator.approve(waiting.id, ANN)
        await host.settles()
        told_at = host.clock.now()

        assert (await the_change(host)).revert_at == told_at + timedelta(seconds=900)
        await host.passes(890, step_s=89)
        assert host.action.rolled_back == []
        await host.passes(20, step_s=10)
        assert host.action.rolled_back == [WAS]


async def test_what_somebody_confirms_stays(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        armed(host)
        change = await fixed(host)

        confirmed = await host.engine.operator.confirm_change(change.id[:10], ANN)
        await host.passes(1800, step_s=300)

        assert confirmed.confirmed_by == ANN.name
        assert host.action.rolled_back == []
        with pytest.raises(Conflict, match="waits for no confirmation"):
            await host.engine.operator.confirm_change(change.id, ANN)
        texts = [(intent.actor, intent.text) for intent in (await host.monitor.intents(20)).items]
        assert (ANN.name, "confirmed restart_unit unit='nginx.service'") in texts


async def confirms(host: Host, change: Change) -> None:
    await host.engine.operator.confirm_change(change.id, ANN)


async def sets_the_clock_back(host: Host, change: Change) -> None:
    host.clock.at -= timedelta(hours=5)
    await host.settles()


@pytest.mark.parametrize("happens", [confirms, sets_the_clock_back])
async def test_what_comes_between_the_end_of_its_time_and_the_roll_back_counts(
    tmp_path: Path, happens: Callable[[Host, Change], Awaitable[None]]
) -> None:
    async with scenario(tmp_path) as host:
        armed(host)
        change = await fixed(host)
        async with host.monitor.transaction() as tx:
            timer = await tx.effects.roll_back_of(change.id)
        assert timer
        if happens is confirms:
            host.clock.advance(1000)

        await happens(host, change)
        await host.engine.ticker._trades[EffectKind.ROLL_BACK].work(timer)

        assert host.action.rolled_back == []


async def test_the_timer_survives_a_crash_in_the_middle_of_the_action(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        armed(host)

        def dies() -> None:
            raise asyncio.CancelledError

        host.action.reversible, host.action.on_execute = True, dies
        host.document(with_actions(l1=["restart_unit"]), [ScriptedCheck("systemd_unit", FAILED)])
        await host.run("services")
        await host.engine.ticker.turn()
        await host.engine.ticker.idle()
        await host.reboot("another boot")
        host.document(with_actions(l1=["restart_unit"]), [ScriptedCheck("systemd_unit", ACTIVE)])
        await host.settles()

        assert len(host.action.executed) == 1
        assert (await the_change(host)).is_armed
        await host.passes(1000, step_s=100)
        assert host.action.rolled_back == [WAS]


async def test_a_roll_back_in_doubt_is_done_again(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        armed(host)
        change = await fixed(host)
        async with host.monitor.transaction() as tx:
            timer = await tx.effects.roll_back_of(change.id)
        assert timer
        await host.break_off(timer.id)

        await host.reboot()
        await host.passes(1000, step_s=100)

        assert host.action.rolled_back == [WAS]


async def test_what_is_being_rolled_back_is_neither_confirmed_nor_rolled_back_once_more(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        armed(host)
        change = await fixed(host)
        async with host.monitor.transaction() as tx:
            timer = await tx.effects.roll_back_of(change.id)
        assert timer
        await host.break_off(timer.id)

        for answer in (host.engine.operator.confirm_change, host.engine.operator.roll_back_change):
            with pytest.raises(Conflict, match="is being rolled back"):
                await answer(change.id, ANN)

        assert (await the_change(host)).confirmed_by == ""


@pytest.mark.parametrize("why", ["ann wants it back", "its time is over", "it did not help"])
async def test_a_confirmation_does_not_cancel_a_roll_back_that_waits_for_its_next_try(tmp_path: Path, why: str) -> None:
    async with scenario(tmp_path) as host:
        armed(host)
        host.action.helps = why != "it did not help"
        real, left = host.action.roll_back, [1] * (1 if host.action.helps else 2)  # at once, and the first try after

        def fails_first(params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
            if left.pop() if left else 0:
                raise ActionFailed("busy")
            return real(params, before)

        host.action.roll_back = fails_first  # type: ignore[method-assign]
        change = await fixed(host)
        if why == "ann wants it back":
            await host.engine.operator.roll_back_change(change.id, ANN)
            with pytest.raises(Conflict, match="ann wanted it back"):
                await host.engine.operator.confirm_change(change.id, ANN)
        elif why == "its time is over":
            host.clock.advance(901)
        await host.settles()
        assert host.action.rolled_back == []

        with pytest.raises(Conflict, match="is being rolled back"):
            await host.engine.operator.confirm_change(change.id, ANN)
        await host.passes(60, step_s=10)

        assert host.action.rolled_back == [WAS]
        assert (await the_change(host)).confirmed_by == ""


async def test_the_timer_moves_with_the_wall_clock(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        armed(host)
        await fixed(host)
        host.clock.at = host.clock.at.replace(hour=host.clock.at.hour + 5)

        await host.passes(600, step_s=100)
        assert host.action.rolled_back == []
        await host.passes(400, step_s=100)

        assert host.action.rolled_back == [WAS]


async def test_a_person_arms_what_is_approved_and_the_decision_ends_rolled_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await breaks(host, l2=True)
        [waiting] = (await host.monitor.decisions(10)).items

        await host.engine.operator.approve(waiting.id, ANN, waiting.hash, "", 60.0)
        await host.settles()
        assert (await host.monitor.decision(waiting.id)).state is DecisionState.VERIFIED
        await host.passes(70, step_s=10)

        assert host.action.rolled_back == [WAS]
        assert (await host.monitor.decision(waiting.id)).state is DecisionState.ROLLED_BACK


async def test_what_is_irreversible_can_be_neither_armed_nor_put_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await breaks(host, l2=True)
        host.action.reversible = False
        [waiting] = (await host.monitor.decisions(10)).items

        with pytest.raises(Refused, match="irreversible"):
            await host.engine.operator.approve(waiting.id, ANN, None, "", 60.0)
        await host.engine.operator.approve(waiting.id, ANN)
        await host.settles()
        with pytest.raises(Refused, match="irreversible"):
            await host.engine.operator.roll_back_change((await the_change(host)).id, ANN)


async def test_a_person_puts_a_change_back_once(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        change = await fixed(host)

        await host.engine.operator.roll_back_change(change.id, ANN)
        await host.settles()

        assert host.action.rolled_back == [WAS]
        assert (await the_change(host)).roll_back == f"{ANN.name} wanted it back; put back"
        with pytest.raises(Conflict, match="already"):
            await host.engine.operator.roll_back_change(change.id, ANN)


async def test_whoever_wants_an_armed_change_back_is_not_told_to_wait_for_its_timer(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        armed(host)
        change = await fixed(host)

        asked = await host.engine.operator.roll_back_change(change.id, ANN)

        assert asked.revert_at == host.clock.now()


async def test_only_the_newest_change_of_an_object_is_put_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        first = await fixed(host)
        host.clock.advance(7200)
        host.document(with_actions(l1=["restart_unit"]), [check := ScriptedCheck("systemd_unit", FAILED)])

        def heal() -> None:
            check.answer = ACTIVE

        host.action.on_execute = heal
        await host.run("services")
        await host.settles()

        with pytest.raises(Conflict, match="came after it"):
            await host.engine.operator.roll_back_change(first.id, ANN)


async def twice(host: Host) -> tuple[Change, Change]:
    """The same fix on the same object, each with its timer; the first one is due first."""
    armed(host)
    host.action.cooldown_s = 0.0
    first = await fixed(host)
    await host.passes(100, step_s=20)
    host.rules.revert_after_s = {"restart_unit": 1200.0}
    host.action.world = {"active_state": "degraded"}
    check = host.catalogue.get("services").checks[0]
    assert isinstance(check, ScriptedCheck)
    check.answer = FAILED
    await host.run("services")
    await host.settles()
    second, _ = (await host.monitor.changes(10)).items
    return first, second


async def test_the_timer_of_an_older_change_does_not_revert_a_confirmed_one(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        first, second = await twice(host)
        await host.engine.operator.confirm_change(second.id, ANN)

        await host.passes(3600, step_s=60)

        assert host.action.rolled_back == []
        spared = await host.monitor.change(first.id)
        assert not spared.is_armed
        assert "came after it and stands" in spared.roll_back
        assert sum("is not rolled back" in title for title in host.told) == 1


async def test_of_two_that_nobody_confirms_the_newer_one_is_put_back_first(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await twice(host)
        await host.reboot()

        await host.passes(3600, step_s=60)

        assert host.action.rolled_back == [{"active_state": "degraded"}, WAS]


async def test_a_roll_back_that_fails_is_tried_again_and_in_the_end_a_person_is_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        change = await fixed(host)
        tried: list[object] = []

        def fails(params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
            tried.append(before)
            raise ActionFailed("no such unit any more")

        host.action.roll_back = fails  # type: ignore[method-assign]
        await host.engine.operator.roll_back_change(change.id, ANN)
        await host.passes(300, step_s=10)

        assert len(tried) == MOST_ATTEMPTS
        assert any("put it back by hand: no such unit any more" in title for title in host.told)
        assert (await the_change(host)).roll_back == "failed: no such unit any more"
        notes = [intent.text for intent in (await host.monitor.intents(20, kind="note")).items]
        notes = [note for note in notes if not note.startswith("memory ")]
        assert len(notes) == MOST_ATTEMPTS - 1
        assert all("is not rolled back yet, next try at" in note for note in notes)


async def test_what_did_not_help_and_cannot_be_put_back_at_once_is_put_back_later(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.action.helps = False
        real, left = host.action.roll_back, [1]

        def fails_once(params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
            if left.pop() if left else 0:
                raise ActionFailed("busy")
            return real(params, before)

        host.action.roll_back = fails_once  # type: ignore[method-assign]
        await fixed(host)
        await host.passes(60, step_s=10)

        assert host.action.rolled_back == [WAS]
        assert (await the_change(host)).outcome == "rolled_back"


async def test_the_record_of_a_change_is_whole(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        change = await fixed(host)

        assert (change.object, change.object_kind, change.change_class) == (UNIT, "unit", "P3")
        assert (change.impact, change.snapshot) == ("the unit alone", WAS)
        assert [step.partition(" ")[2] for step in change.steps] == [
            "precondition held: as the test says",
            "executed: restarted",
            "verified: restarted; it is active",
        ]
        async with host.monitor.transaction() as tx:
            assert (await tx.effects.get(change.effect_id)).state is EffectState.DONE


async def test_what_breaks_in_the_middle_is_put_back_too(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:

        def breaks_off() -> None:
            raise OSError("no such luck")

        host.action.reversible, host.action.on_execute = True, breaks_off
        host.document(with_actions(l1=["restart_unit"]), [ScriptedCheck("systemd_unit", FAILED)])
        await host.run("services")
        await host.passes(10)

        assert host.action.rolled_back == [WAS]
        assert (await the_change(host)).outcome == "rolled_back"


async def test_a_decision_whose_action_is_given_up_ends(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await breaks(host, l2=True)
        [waiting] = (await host.monitor.decisions(10)).items

        async def broken(effect: QueuedEffect) -> None:
            raise ZeroDivisionError

        host.break_trade(EffectKind.EXECUTE, broken)
        await host.engine.operator.approve(waiting.id, ANN)
        await host.passes(10)

        assert (await host.monitor.decision(waiting.id)).state is DecisionState.FAILED
        assert await host.stage_of(UNIT) == "told"


# --- what a policy of the host would not let be put back --------------------------------------------------------------

REFUSED = "the policy does not allow 'stop_unit'"


async def test_what_a_policy_would_not_let_be_put_back_says_so_and_is_not_armed(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.action.stays = REFUSED
        await breaks(host, l2=True)
        [waiting] = (await host.monitor.decisions(10)).items
        assert waiting.analysis.inverse == f"this host cannot put back what it changed: {REFUSED}"

        with pytest.raises(Refused, match=f"could not be rolled back later: {REFUSED}"):
            await host.engine.operator.approve(waiting.id, ANN, None, "", 60.0)
        assert (await host.monitor.decision(waiting.id)).state is DecisionState.WAITING
        await host.engine.operator.approve(waiting.id, ANN)
        await host.settles()
        with pytest.raises(Refused, match=f"cannot be put back: {REFUSED}"):
            await host.engine.operator.roll_back_change((await the_change(host)).id, ANN)

        assert len(host.action.executed) == 1
        host.action.stays = ""
        await host.engine.operator.roll_back_change((await the_change(host)).id, ANN)
        await host.settles()
        assert host.action.rolled_back == [WAS]


async def test_what_the_configuration_wants_back_and_a_policy_would_refuse_is_neither_approved_nor_done(
    tmp_path: Path,
) -> None:
    async with scenario(tmp_path) as host:
        armed(host)
        host.action.stays = REFUSED
        await breaks(host, l2=True)
        [waiting] = (await host.monitor.decisions(10)).items

        with pytest.raises(Refused, match=f"could not be rolled back later: {REFUSED}"):
            await host.engine.operator.approve(waiting.id, ANN)
        host.action.stays = ""
        await host.engine.operator.approve(waiting.id, ANN)
        host.action.stays = REFUSED  # and by the time of the execution it is another policy
        await host.settles()

        assert host.action.executed == []
        assert REFUSED in (await host.monitor.decision(waiting.id)).note


async def test_what_would_run_by_itself_does_not_where_its_timer_could_not_put_it_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        armed(host)
        host.action.stays = REFUSED

        await breaks(host)
        await host.passes(2)

        assert host.action.executed == []
        assert REFUSED in host.channel.cards[0].as_text()


class Leaving(ScriptedActions):
    """Still names an action that cannot be used any more, as that of a package that broke meanwhile."""

    has_left = False

    def get(self, name: str) -> Action:
        if self.has_left:
            raise NotFound(f"the action {name!r} cannot be used")
        return super().get(name)


async def test_an_action_that_leaves_while_it_fails_keeps_its_case_from_nothing(tmp_path: Path) -> None:
    action = ScriptedAction()
    actions = Leaving(action)
    async with scenario(tmp_path, actions=actions) as host:
        host.document(with_actions(l1=["restart_unit"]), [ScriptedCheck("systemd_unit", FAILED)])
        action.reversible = True

        def leave() -> None:
            actions.has_left = True
            raise RuntimeError("it is gone")

        action.on_execute = leave
        await host.run("services")
        await host.settles()
        await host.passes(2)

        assert (await the_change(host)).outcome == "failed"
        assert host.told == [f"critical: {UNIT} failed"]

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.decision import NEXT, DecisionState, decision_hash, move
from probed.core.finding import ActionCall
from tests.factories import NOW, make_decision


@pytest.mark.parametrize(
    "edit",
    [
        {"call": ActionCall("restart_unit", {"unit": "sshd.service"})},
        {"call": ActionCall("clean_files", {"unit": "nginx.service"})},
        {"host": "host-b"},
        {"snapshot": {"active_state": "active"}},
    ],
)
def test_an_edited_decision_no_longer_fits_its_hash(edit: dict[str, object]) -> None:
    decision = make_decision()

    assert decision.is_intact
    assert not replace(decision, **edit).is_intact  # type: ignore[arg-type]


def test_the_hash_does_not_depend_on_the_order_of_parameters() -> None:
    one = make_decision(call=ActionCall("clean_files", {"root": "/srv", "pattern": "*"}))
    other = make_decision(call=ActionCall("clean_files", {"pattern": "*", "root": "/srv"}))

    assert decision_hash(one) == decision_hash(other)


def test_only_one_of_an_approval_and_an_expiry_wins() -> None:
    approved = move(make_decision(), DecisionState.APPROVED, NOW, by="ann")
    assert approved

    assert move(approved, DecisionState.EXPIRED, NOW + timedelta(days=2)) is None
    assert move(approved, DecisionState.APPROVED, NOW, by="bob") is None
    assert approved.decided_by == "ann"


@pytest.mark.parametrize("state", [DecisionState.EXECUTING, DecisionState.VERIFIED, DecisionState.FAILED])
def test_nothing_is_executed_that_was_not_approved(state: DecisionState) -> None:
    assert move(make_decision(), state, NOW) is None


@pytest.mark.parametrize(
    "state",
    [
        DecisionState.REJECTED,
        DecisionState.EXPIRED,
        DecisionState.WITHDRAWN,
        DecisionState.ROLLED_BACK,
    ],
)
def test_a_closed_decision_stays_closed(state: DecisionState) -> None:
    closed = make_decision(state=state)

    assert all(move(closed, to, NOW) is None for to in DecisionState)


def test_every_state_is_reached_and_has_a_way_to_an_end() -> None:
    ends = {state for state in DecisionState if not NEXT.get(state)}
    assert ends == {
        DecisionState.REJECTED,
        DecisionState.EXPIRED,
        DecisionState.WITHDRAWN,
        DecisionState.ROLLED_BACK,
    }
    reached, left = set(), [DecisionState.PROPOSED]
    while left:
        state = left.pop()
        reached.add(state)
        left += [following for following in NEXT.get(state, ()) if following not in reached]
    assert reached == set(DecisionState)


@pytest.mark.parametrize("state", [state for state in DecisionState if state is not DecisionState.APPROVED])
def test_only_what_was_approved_is_executed(state: DecisionState) -> None:
    assert move(make_decision(state=state), DecisionState.EXECUTING, NOW) is None

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from probed.actions.raise_model_budget import RaiseModelBudget
from probed.core.budget_raise import BudgetRaise, BudgetStop
from probed.core.finding import ActionCall
from probed.errors import ActionFailed, ParameterError
from probed.host.budget_board import BudgetBoard
from tests.factories import make_finding

UNTIL = datetime(2026, 12, 2, tzinfo=UTC)
STOP = BudgetStop("day", 5.0, 0.5, UNTIL)
TWICE: Mapping[str, object] = {"budget": "day", "usd": 10.0}


def arranged(*stops: BudgetStop) -> tuple[RaiseModelBudget, BudgetBoard]:
    board = BudgetBoard()
    for stop in stops:
        board.stop(stop)
    return RaiseModelBudget(board), board


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"budget": "run", "usd": 1}, "budget"),
        ({"budget": "inspection ", "usd": 1}, "budget"),
        ({"usd": 1}, "budget"),
        ({"budget": "day"}, "usd"),
        ({"budget": "day", "usd": 0}, "usd"),
        ({"budget": "day", "usd": True}, "usd"),
        ({"budget": "day", "usd": float("inf")}, "usd"),
        ({"budget": "day", "usd": float("nan")}, "usd"),
        ({"budget": "day", "usd": 1, "until": "ever"}, "until"),
    ],
)
def test_other_parameters_are_refused_by_name(params: Mapping[str, object], name: str) -> None:
    with pytest.raises(ParameterError) as refused:
        arranged()[0].validate(params)
    assert refused.value.field == name


def test_only_what_stopped_a_request_is_raised_to_twice_its_limit_at_the_most_and_once() -> None:
    action, board = arranged(STOP)

    assert "stops nothing" in arranged()[0].precondition(TWICE).reason
    assert "more than 2 times" in action.precondition({"budget": "day", "usd": 10.01}).reason
    assert action.precondition(TWICE).snapshot == {"limit_usd": 5.0, "until": UNTIL.isoformat()}
    board.raise_to(BudgetRaise("day", 7.5, UNTIL))
    assert "raised to $7.5 already" in action.precondition(TWICE).reason


def test_it_holds_once_it_is_stored_and_can_be_put_back() -> None:
    action, board = arranged(STOP)
    board.on_news = lambda: board.keep(board.raises())

    done = action.execute(TWICE)

    assert board.raises() == (BudgetRaise("day", 10.0, UNTIL),)
    assert action.verify(TWICE, done).holds
    action.roll_back(TWICE, {})
    assert board.raises() == ()
    assert not action.verify(TWICE, done).holds


def test_what_was_not_stored_has_not_helped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.actions.raise_model_budget.IS_KEPT_WITHIN_S", 0.0)
    action, _ = arranged(STOP)

    seen = action.verify(TWICE, action.execute(TWICE))

    assert (seen.holds, seen.detail) == (False, "it could not be stored")


def test_a_day_that_ended_meanwhile_is_not_raised() -> None:
    action, board = arranged(STOP)
    board.settle(STOP)

    with pytest.raises(ActionFailed, match="stops nothing any more"):
        action.execute(TWICE)


def test_no_document_gets_it_by_naming_it_only_a_proposal_does() -> None:
    action, _ = arranged(STOP)
    found = make_finding(check="model_budget", object="day")

    assert action.call_for(found, {}) is None
    assert action.call_for(found, TWICE) is None
    assert action.call_for(make_finding(proposed_action=ActionCall(action.name, TWICE)), {}) is not None

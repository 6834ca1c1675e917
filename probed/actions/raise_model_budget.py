"""`raise_model_budget`: let models cost more, until the budget that stopped a request begins anew.

Parameters: `budget` (`call`, `day`, `month` or `inspection NAME`), `usd` (its new limit, at most twice its own). Only
Cortex itself proposes it, and a person always decides.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from probed.actions.performer import Performer
from probed.actions.typed_action import TypedAction, only
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.budget_raise import MOST, BudgetRaise, span_of
from probed.errors import ActionFailed, ParameterError
from probed.host.budget_board import BOARD, BudgetBoard

IS_KEPT_WITHIN_S = 10.0
LOOKS_APART_S = 0.05


def build(settings: ActionsSettings, performer: Performer) -> RaiseModelBudget:
    return RaiseModelBudget(BOARD)


class RaiseModelBudget(TypedAction):
    name = "raise_model_budget"
    title = "Raise the budget of the models"
    object_kind = "budget"
    risk = Risk.MEDIUM
    blast_radius = "the bill: models may cost so much more until the budget begins anew"
    reversible = True
    daily_cap = 1

    def __init__(self, board: BudgetBoard) -> None:
        self._board = board

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        only(params, ("budget", "usd"), self.name)
        budget, usd = params.get("budget"), params.get("usd")
        if not isinstance(budget, str) or span_of(budget) is None:
            raise ParameterError("budget", "is none of call, day, month, inspection NAME")
        if isinstance(usd, bool) or not isinstance(usd, int | float) or not 0 < usd < float("inf"):
            raise ParameterError("usd", "is no amount of US dollars")
        return {"budget": budget, "usd": float(usd)}

    def object_of(self, params: Mapping[str, object]) -> str:
        return str(params["budget"])

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        """The snapshot has no sum that was spent: that may go on to change while a person thinks."""
        budget, usd = _of(params)
        stop, earlier = self._board.stop_of(budget), self._board.raise_of(budget)
        if stop is None:
            return Precondition(False, f"the budget {budget} stops nothing now")
        if earlier:
            return Precondition(False, f"the budget {budget} was raised to ${earlier.limit_usd:g} already")
        if usd > stop.limit_usd * MOST:
            return Precondition(False, f"${usd:g} is more than {MOST:g} times the limit of ${stop.limit_usd:g}")
        snapshot = {"limit_usd": stop.limit_usd, "until": stop.until.isoformat()}
        return Precondition(True, f"the budget {budget} has stopped a request", snapshot)

    def dry_run(self, params: Mapping[str, object]) -> str:
        budget, usd = _of(params)
        stop = self._board.stop_of(budget)
        if stop is None:
            return f"the budget {budget} stops nothing now"
        until = f"{stop.until.astimezone():%Y-%m-%d %H:%M}"
        return f"would raise the limit of the budget {budget} from ${stop.limit_usd:g} to ${usd:g} until {until}"

    def execute(self, params: Mapping[str, object]) -> Executed:
        budget, usd = _of(params)
        stop = self._board.stop_of(budget)
        if stop is None:
            raise ActionFailed(f"the budget {budget} stops nothing any more")
        self._board.raise_to(BudgetRaise(budget, usd, stop.until))
        return Executed(f"the budget {budget} is ${usd:g} until {stop.until.astimezone():%Y-%m-%d %H:%M}")

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        budget, usd = _of(params)
        known = self._board.raise_of(budget)
        if known is None or known.limit_usd != usd:
            return Verification(False, f"the budget {budget} is as it was")
        is_kept = self._is_kept()
        return Verification(is_kept, f"the gateway lets ${usd:g} pass" if is_kept else "it could not be stored")

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        budget, _ = _of(params)
        self._board.put_back(budget)
        return Executed(f"the budget {budget} has its own limit again")

    def _is_kept(self) -> bool:
        ends_at = time.monotonic() + IS_KEPT_WITHIN_S
        while not self._board.is_kept() and time.monotonic() < ends_at:
            time.sleep(LOOKS_APART_S)
        return self._board.is_kept()


def _of(params: Mapping[str, object]) -> tuple[str, float]:
    return str(params["budget"]), float(str(params["usd"]))

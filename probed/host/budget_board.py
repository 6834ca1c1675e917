"""Which budgets of models have stopped a request, and what they were raised to, as the running daemon knows it: filled
from the monitor at the start, then by the gateway and by the action that raises one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

from probed.core.budget_raise import BudgetRaise, BudgetStop


class BudgetBoard:
    """May be used from any thread."""

    def __init__(self) -> None:
        self.on_news: Callable[[], None] = lambda: None
        """Called where a budget stopped a request, was raised, or put back."""
        self._lock = threading.Lock()
        self._stops, self._raises = dict[str, BudgetStop](), dict[str, BudgetRaise]()
        self._kept: tuple[BudgetRaise, ...] = ()

    # --- what stopped a request ---------------------------------------------------------------------------------------

    def stop(self, stop: BudgetStop) -> None:
        """The first one of a budget counts until it is settled: a question stands as it was asked."""
        with self._lock:
            if stop.budget in self._stops:
                return
            self._stops[stop.budget] = stop
        self.on_news()

    def stops(self) -> Sequence[BudgetStop]:
        with self._lock:
            return tuple(self._stops.values())

    def stop_of(self, budget: str) -> BudgetStop | None:
        with self._lock:
            return self._stops.get(budget)

    def settle(self, stop: BudgetStop) -> None:
        """It stops nothing any more."""
        with self._lock:
            self._stops.pop(stop.budget, None)

    # --- what was raised ----------------------------------------------------------------------------------------------

    def raise_to(self, wanted: BudgetRaise) -> None:
        with self._lock:
            self._raises[wanted.budget] = wanted
        self.on_news()

    def put_back(self, budget: str) -> None:
        with self._lock:
            self._raises.pop(budget, None)
        self.on_news()

    def raises(self) -> Sequence[BudgetRaise]:
        with self._lock:
            return tuple(self._raises.values())

    def raise_of(self, budget: str) -> BudgetRaise | None:
        with self._lock:
            return self._raises.get(budget)

    def keep(self, raises: Iterable[BudgetRaise]) -> None:
        """They are stored, and those alone: a restart does not forget them."""
        with self._lock:
            self._kept = tuple(raises)

    def is_kept(self) -> bool:
        """Whether what is stored is what holds."""
        with self._lock:
            return set(self._kept) == set(self._raises.values())


BOARD = BudgetBoard()
"""The daemon's: actions are built where nobody could hand them another."""

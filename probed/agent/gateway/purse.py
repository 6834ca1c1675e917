"""Money is set aside before a request leaves, and settled when its answer tells what it took."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from probed.agent.gateway.asked import Asked
from probed.agent.gateway.books import Books, Payer
from probed.agent.prices import Price
from probed.core.budget import Limits, Room, Spent, room
from probed.core.budget_raise import BudgetRaise, raised
from probed.errors import CortexError


class OverBudget(CortexError):
    """The request would cost more than is left; it does not leave."""

    def __init__(self, room: Room, most_usd: float, needed_usd: float) -> None:
        """`needed_usd`: with less it could not even say a little."""
        super().__init__(
            f"the budget of the {room.span} (${room.limit_usd:g}) has ${room.left_usd:.4f} left,"
            f" and this request may cost ${most_usd:.4f}"
        )
        self.room, self.most_usd, self.needed_usd = room, most_usd, needed_usd


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    usd: float
    """What it may cost."""


@dataclass(frozen=True, slots=True, eq=False)
class Reservation(Held):
    asked: Asked
    """As much of the request as is affordable."""


class Reserving(Protocol):
    """Whoever pays for requests."""

    def reserve(
        self, payer: Payer, asked: Asked, price: Price, limits: Limits
    ) -> contextlib.AbstractAsyncContextManager[Reservation]:
        """As much of the request as is affordable. Raises OverBudget."""

    def set_aside(
        self, payer: Payer, usd: float, limits: Limits
    ) -> contextlib.AbstractAsyncContextManager[Callable[[], None]]:
        """So much, for what nobody will see; what is yielded makes it free again before the end. Raises OverBudget."""


class Purse:
    """One for the daemon. What calls under way may still cost counts as spent, so that many at once overrun nothing."""

    def __init__(
        self, books: Books, clock: Callable[[], datetime], raises: Callable[[], Iterable[BudgetRaise]] = tuple
    ) -> None:
        """`raises`: what people have raised budgets to."""
        self._books, self._clock, self._raises = books, clock, raises
        self._lock = asyncio.Lock()
        self._under_way: dict[Held, Payer] = {}

    async def spent(self, payer: Payer) -> Spent:
        """With what calls under way may still cost."""
        return (await self.settled(payer)).plus(self._at_stake(payer))

    async def settled(self, payer: Payer) -> Spent:
        """Without that."""
        return await self._books.spent(payer, self._clock())

    def limits(self, payer: Payer, own: Limits) -> Limits:
        """Those that hold now."""
        return raised(own, self._raises(), payer.inspection_id, self._clock())

    @contextlib.asynccontextmanager
    async def reserve(self, payer: Payer, asked: Asked, price: Price, limits: Limits) -> AsyncIterator[Reservation]:
        """As much of the request as is affordable. Raises OverBudget. Whoever leaves the block has written what it took
        into the books."""
        async with self._lock:  # nobody else counts between the look into the books and the reservation
            found = room(self.limits(payer, limits), await self.spent(payer))
            affordable = asked.affordable(found.left_usd, price)
            if affordable is None:
                raise OverBudget(found, asked.most_usd(price), asked.least_usd(price))
            reservation = Reservation(affordable.most_usd(price), affordable)
            self._under_way[reservation] = payer
        try:
            yield reservation
        finally:
            del self._under_way[reservation]

    @contextlib.asynccontextmanager
    async def set_aside(self, payer: Payer, usd: float, limits: Limits) -> AsyncIterator[Callable[[], None]]:
        held = Held(usd)
        async with self._lock:
            found = room(self.limits(payer, limits), await self.spent(payer))
            if usd > found.left_usd:
                raise OverBudget(found, usd, usd)
            self._under_way[held] = payer
        try:
            yield partial(self._let_go, held)
        finally:
            self._let_go(held)

    def _let_go(self, held: Held) -> None:
        self._under_way.pop(held, None)

    def _at_stake(self, payer: Payer) -> Spent:
        def sum_of(counts: Callable[[Payer], bool]) -> float:
            return sum(each.usd for each, whose in self._under_way.items() if counts(whose))

        every = sum_of(lambda _: True)
        return Spent(
            run_usd=sum_of(lambda whose: whose.run_id == payer.run_id),
            inspection_usd=sum_of(lambda whose: whose.inspection_id == payer.inspection_id),
            day_usd=every,
            month_usd=every,
        )

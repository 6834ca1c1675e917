"""The gateway's other end in a replay: the recording pays, and the recording answers."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import httpx

from probed.agent.gateway.asked import Asked
from probed.agent.gateway.attempts import Sending, Unavailable
from probed.agent.gateway.books import Payer
from probed.agent.gateway.purse import OverBudget, Reservation
from probed.agent.gateway.tape import key_of
from probed.agent.gateway.target import Target
from probed.agent.gateway.upstream import Upstream
from probed.agent.prices import Price
from probed.core.budget import Limits, Room, Span
from probed.core.exchange import Exchange

NOT_RECORDED = "nothing is recorded for this request, and nobody else is asked"
NOT_KEPT = "this request was beyond what is kept of a run, or its answer was"
NOTHING_FOR_IT = 404


class Playback:
    """`in_order`: a request that is not recorded word for word gets the next answer of its model, and is counted."""

    def __init__(self, exchanges: Iterable[Exchange], *, in_order: bool) -> None:
        self._left = list(exchanges)
        self._in_order = in_order
        self._under_way: dict[str, deque[Exchange | None]] = defaultdict(deque)
        self.recorded = self.differing = self.missing = self.altered = 0
        self.at_end = asyncio.Event()
        """The recording ends in the middle of a request: what came of that, only the recorded run knows."""

    def targets(self) -> list[Target]:
        """Those that were asked, in their order."""
        asked = dict.fromkeys(each.asked for each in self._left)
        return [
            Target(
                each.tier, each.model, Upstream(each.server, ""), each.is_free, Price(each.input_usd, each.output_usd)
            )
            for each in asked
        ]

    @asynccontextmanager
    async def reserve(self, payer: Payer, asked: Asked, price: Price, limits: Limits) -> AsyncIterator[Reservation]:
        """What was affordable then. Raises OverBudget."""
        key = await asyncio.to_thread(key_of, asked)
        found = self._next(key, asked.model)
        if found and (over := found.overrun):
            self.recorded += 1
            raise OverBudget(Room(over.left_usd, Span(over.span), over.limit_usd), over.most_usd, over.needed_usd)
        self._under_way[key].append(found)
        usd = found.reserved_usd if found else 0.0
        yield Reservation(usd, asked.at_most(found.max_tokens) if found else asked)

    @asynccontextmanager
    async def set_aside(self, payer: Payer, usd: float, limits: Limits) -> AsyncIterator[Callable[[], None]]:
        """Nothing is paid here."""
        yield lambda: None

    @asynccontextmanager
    async def answered(self, target: Target, sending: Sending) -> AsyncIterator[httpx.Response]:
        """Raises Unavailable."""
        found = self._under_way[sending.key].popleft()
        if found is None:
            self.missing += 1
            raise Unavailable(NOTHING_FOR_IT, NOT_RECORDED, is_final=True)
        if not found.is_kept:
            self.missing += 1
            raise Unavailable(NOTHING_FOR_IT, NOT_KEPT, is_final=True)
        self.recorded += 1
        if (refusal := found.refusal) and not refusal.is_late:
            raise Unavailable(refusal.status, refusal.reason, is_final=True, may_cost=refusal.may_cost)
        if not found.status:
            await self._stay_away()
        body = found.body.encode(found.charset, errors="replace")  # what masks put in may be no letters of it
        self.altered += bool(body) and hashlib.sha256(body).hexdigest() != found.sha256
        stream = _Body(body, is_whole=found.is_whole)
        yield httpx.Response(found.status, headers=dict(found.headers), stream=stream)

    async def _stay_away(self) -> None:
        self.at_end.set()
        await asyncio.Event().wait()  # until whoever heard of the end ends the run

    def _next(self, key: str, model: str) -> Exchange | None:
        same = [each for each in self._left if each.key == key]
        others = [each for each in self._left if each.asked.model == model] if self._in_order else []
        found = next(iter(same or others), None)
        if found:
            self.differing += not same
            self._left.remove(found)
        return found


class _Body(httpx.AsyncByteStream):
    def __init__(self, content: bytes, *, is_whole: bool) -> None:
        self._content, self._is_whole = content, is_whole

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content
        if not self._is_whole:
            raise httpx.ReadError("the recorded answer broke off here")

"""One run's way to a model: each request is paid from the budgets, handed on with the daemon's key, counted as it is
answered, and written down.

What the program sends as a key is the run's own token, and goes no further.
"""

from __future__ import annotations

import asyncio
import hmac
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from probed.agent.gateway.asked import Asked, NotAsked, read
from probed.agent.gateway.attempts import Sending, Unavailable
from probed.agent.gateway.books import Books, Payer
from probed.agent.gateway.door import BrokenOff, Call, Reply, error_body
from probed.agent.gateway.entry import Entry
from probed.agent.gateway.purse import OverBudget, Reservation, Reserving
from probed.agent.gateway.tape import Tape
from probed.agent.gateway.target import Target
from probed.agent.gateway.upstream import head_of
from probed.agent.prices import Price, price_of
from probed.core.budget import Limits, Span
from probed.core.budget_period import end_of
from probed.core.budget_raise import BudgetStop, budget_of
from probed.core.investigation import Usage
from probed.core.model_call import CallOutcome, ModelCall
from probed.host.budget_board import BudgetBoard

if TYPE_CHECKING:
    import httpx

PATH = "/v1/messages"
PATH_AND_QUERY = re.compile(rf"{PATH}(\?[\w=&.-]{{0,200}})?", re.ASCII)
PASSED_HEADERS = ("anthropic-version", "anthropic-beta", "accept")
MOST_REQUESTS = 1000
"""Of a run: each leaves a line in the books and in the recording, also where it is not affordable."""
FREE = Price(0, 0)
NO_SECOND_TRY = {"x-should-retry": "false"}
"""The gateway has tried what there is to try."""


Answering = Callable[[Target, Sending], AbstractAsyncContextManager["httpx.Response"]]
"""Whoever answers a request; raises Unavailable."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all runs share."""

    answering: Answering
    purse: Reserving
    books: Books
    clock: Callable[[], datetime]
    board: BudgetBoard
    """Where it is noted that a budget stopped a request."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What one run may do."""

    payer: Payer
    token: str
    targets: Sequence[Target]
    """The first that is affordable and answers."""
    limits: Limits
    deadline: float
    """Monotonic seconds."""


class Relay:
    def __init__(self, shared: Shared, allowed: Pass) -> None:
        self._shared, self._allowed = shared, allowed
        self.calls: list[ModelCall] = []
        self.over_budget: OverBudget | None = None
        """Why the last request did not leave; None where one was answered."""
        self.was_shortened = False
        """The last request might say less than it wished: more was not affordable."""
        self.tape = Tape((allowed.token, *(word for each in allowed.targets for word in each.upstream.secrets)))
        self._at_stake: dict[Entry, float] = {}
        """What requests under way may cost."""
        self._spoke: set[str] = set()
        """The models that answered so far."""
        self.away = ""
        """Why no target answered the last request; empty where one did."""
        self._asked = 0
        self.was_asked = False
        """Whether the run's program ever asked a model here."""
        self._let_go: Callable[[], None] = lambda: None

    @property
    def cost_usd(self) -> float:
        """With what requests may cost that are still under way."""
        return sum(call.cost_usd for call in self.calls) + sum(self._at_stake.values())

    @property
    def was_counted(self) -> bool:
        """Whether the last answer told what it took, as every whole one does."""
        return bool(self.calls) and self.calls[-1].outcome is CallOutcome.ANSWERED

    @property
    def usage(self) -> Usage:
        answered = [call for call in self.calls if call.outcome is CallOutcome.ANSWERED]
        return Usage(
            answered[-1].model if answered else "",
            sum(call.tokens.sent for call in answered),
            sum(call.tokens.output for call in answered),
        )

    @asynccontextmanager
    async def asks_by_itself(self, usd: float) -> AsyncIterator[None]:
        """As long as the run's program may ask a model in a way of its own: that costs `usd`, which are set aside. They
        count unless the program comes here. Raises OverBudget."""
        allowed, purse = self._allowed, self._shared.purse
        try:
            async with purse.set_aside(allowed.payer, usd, allowed.limits) as self._let_go:
                try:
                    yield
                finally:
                    if not self.was_asked:
                        await self._enter_unseen(usd)
        except OverBudget as error:
            self._note_stop(error)
            raise

    async def _enter_unseen(self, usd: float) -> None:
        payer, at = self._allowed.payer, self._shared.clock()
        outcome = CallOutcome.UNSEEN
        call = ModelCall(payer.run_id, payer.inspection_id, at, "", "the program itself", "", outcome, cost_usd=usd)
        self.calls.append(call)
        await _surely(self._shared.books.record(call))

    async def answer(self, call: Call) -> Reply:
        if not PATH_AND_QUERY.fullmatch(call.path) or call.method != "POST":
            return _error(404, "not_found_error", f"only POST {PATH} is served here")
        if not self._is_ours(call):
            return _error(401, "authentication_error", "this is another run's gateway")
        if self._asked >= MOST_REQUESTS:
            return _error(429, "rate_limit_error", f"no more than {MOST_REQUESTS} requests in one run")
        self._asked += 1
        try:
            asked = await asyncio.to_thread(read, call.body)
        except NotAsked as error:
            return _error(400, "invalid_request_error", str(error))
        self.was_asked = True
        self._let_go()
        return await self._relayed(asked, call)

    def _is_ours(self, call: Call) -> bool:
        given = call.headers.get("x-api-key") or call.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), self._allowed.token.encode())

    async def _relayed(self, asked: Asked, call: Call) -> Reply:
        self.away, self.over_budget = "", None
        refusal = _error(529, "overloaded_error", "no model is configured for this run")
        for target in self._allowed.targets:
            try:
                reply = await self._ask(target, asked.of_model(target.model, self._spoke), call)
            except OverBudget as error:
                self.over_budget = error
                await self.tape.overrun(target, asked.of_model(target.model), price_of_target(target), error)
                refusal = _error(400, "invalid_request_error", str(error))
                await self._shared.books.record(self._call(target, CallOutcome.OVER_BUDGET))
            except Unavailable as error:
                self.away = str(error)
                refusal = _error(error.status, "api_error", str(error))
            else:
                self.away, self.over_budget = "", None  # for those whom it stood in for
                return reply
        if self.over_budget:
            self._note_stop(self.over_budget)
        return refusal

    def _note_stop(self, error: OverBudget) -> None:
        """What one run may cost, its document says, and nobody is asked; whoever asked a question is told itself. A
        limit of 0 is an answer, too."""
        span, allowed = error.room.span, self._allowed
        limit_usd = allowed.limits.of(span)
        if span not in (Span.RUN, Span.QUESTION) and limit_usd > 0:
            budget, until = budget_of(span, allowed.payer.inspection_id), end_of(span, self._shared.clock())
            self._shared.board.stop(BudgetStop(budget, limit_usd, error.needed_usd, until))

    async def _ask(self, target: Target, asked: Asked, call: Call) -> Reply:
        """Raises OverBudget, Unavailable."""
        allowed, shared = self._allowed, self._shared
        price = price_of_target(target)
        async with AsyncExitStack() as stack:
            reserving = shared.purse.reserve(allowed.payer, asked, price, allowed.limits)
            reservation = await stack.enter_async_context(reserving)
            self.was_shortened = reservation.asked.max_tokens < asked.max_tokens
            body = await asyncio.to_thread(reservation.asked.body)
            track = await self.tape.begin(target, asked, price, reservation, body)
            entry = await stack.enter_async_context(self._entry(target, reservation, Entry(price, track)))
            sending = Sending(call.path, _passed_headers(call), body, allowed.deadline, track.key)
            try:
                response = await stack.enter_async_context(shared.answering(target, sending))
            except Unavailable as failure:
                entry.fail(failure)
                raise
            entry.begin(response)
            self._spoke.add(target.model)
            return Reply(response.status_code, head_of(response), _passing(entry, response, stack.pop_all()))

    @asynccontextmanager
    async def _entry(self, target: Target, reservation: Reservation, entry: Entry) -> AsyncIterator[Entry]:
        """Written before the money that was set aside is free again."""
        self._at_stake[entry] = reservation.usd
        began = time.monotonic()
        try:
            yield entry
        finally:
            entry.close()
            del self._at_stake[entry]
            call = replace(
                self._call(target, entry.outcome),
                model=entry.model or target.model,
                tokens=entry.tokens,
                cost_usd=entry.cost_usd(reservation.usd),
                took_s=time.monotonic() - began,
            )
            self.calls.append(call)
            await _surely(self._shared.books.record(call))

    def _call(self, target: Target, outcome: CallOutcome) -> ModelCall:
        payer, name = self._allowed.payer, target.upstream.name
        at = self._shared.clock()
        return ModelCall(payer.run_id, payer.inspection_id, at, target.tier, name, target.model, outcome)


def _passed_headers(call: Call) -> dict[str, str]:
    told = ((name, call.headers.get(name, "")) for name in PASSED_HEADERS)
    return {name: value for name, value in told if value and value.isascii()}


def price_of_target(target: Target) -> Price:
    if target.price:
        return target.price
    return FREE if target.is_free else price_of(target.model)


async def _surely(writing: Coroutine[None, None, None]) -> None:
    """To its end, also while the run is broken off."""
    task = asyncio.ensure_future(writing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


async def _passing(entry: Entry, response: httpx.Response, stack: AsyncExitStack) -> AsyncGenerator[bytes]:
    import httpx

    async with stack:
        try:
            async for chunk in response.aiter_raw():
                entry.take(chunk)
                yield chunk
        except httpx.HTTPError as error:
            raise BrokenOff(f"the answer broke off: {type(error).__name__}") from error
        entry.finish()


def _error(status: int, kind: str, message: str) -> Reply:
    body = error_body(kind, message)
    head = {"content-type": "application/json", "content-length": str(len(body)), **NO_SECOND_TRY}
    return Reply(status, head, _whole(body))


async def _whole(body: bytes) -> AsyncGenerator[bytes]:
    yield body

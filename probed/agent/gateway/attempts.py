"""Asking one target until it answers, or until asking again is of no use."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probed.agent.away import is_away
from probed.agent.gateway.refusal_words import words_of
from probed.agent.gateway.target import Target
from probed.agent.gateway.upstream import Upstreams
from probed.agent.words import one_line
from probed.errors import CortexError, HostFailed

if TYPE_CHECKING:
    import httpx

WORTH_ANOTHER = (408, 409, 429, 500, 502, 503, 504, 529)
RETRIES = 2
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0
MARGIN_S = 10.0


class Unavailable(CortexError):
    """The target gives nobody an answer now."""

    def __init__(
        self,
        status: int,
        reason: str,
        retry_after_s: float = 0.0,
        *,
        is_final: bool = False,
        may_cost: bool = False,
        is_late: bool = False,
    ) -> None:
        """`is_final`: it says that asking again is of no use. `may_cost`: nobody knows whether it answered. `is_late`:
        the time of the run was over."""
        super().__init__(reason)
        self.status, self.retry_after_s, self.may_cost = status, retry_after_s, may_cost
        self.is_late = is_late
        self.is_worth_another = status in WORTH_ANOTHER and not is_final


@dataclass(frozen=True, slots=True)
class Sending:
    path: str
    headers: Mapping[str, str]
    body: bytes
    deadline: float
    """Monotonic seconds."""
    key: str = ""
    """What the request says, in short."""


@contextlib.asynccontextmanager
async def answered(upstreams: Upstreams, target: Target, sending: Sending) -> AsyncIterator[httpx.Response]:
    """A response whose body has not been read: a success, or a refusal of this very request. Raises Unavailable."""
    circuit = upstreams.circuit(target.upstream)
    try:
        circuit.begin(sending.deadline - time.monotonic() + MARGIN_S)
    except HostFailed as error:
        raise Unavailable(529, str(error)) from None
    async with contextlib.AsyncExitStack() as stack:
        try:
            response = await _until_answered(upstreams, target, sending, stack)
        except Unavailable as failure:
            circuit.fail(str(failure))
            raise
        except BaseException:
            circuit.abandon()
            raise
        circuit.succeed()
        yield response


async def _until_answered(
    upstreams: Upstreams, target: Target, sending: Sending, stack: contextlib.AsyncExitStack
) -> httpx.Response:
    for attempt in range(RETRIES + 1):
        try:
            return await _once(upstreams, target, sending, stack)
        except Unavailable as failure:
            pause_s = _pause_s(failure, attempt)
            if not failure.is_worth_another or attempt == RETRIES:
                raise
            if time.monotonic() + pause_s >= sending.deadline:
                raise
        await asyncio.sleep(pause_s)
    raise AssertionError("the last attempt ends the loop")


async def _once(
    upstreams: Upstreams, target: Target, sending: Sending, stack: contextlib.AsyncExitStack
) -> httpx.Response:
    import httpx

    name = target.upstream.name
    try:
        async with asyncio.timeout_at(sending.deadline), contextlib.AsyncExitStack() as own:
            asking = upstreams.ask(target.upstream, sending.path, sending.headers, sending.body)
            response = await own.enter_async_context(asking)
            if not is_away(response.status_code) and response.status_code not in WORTH_ANOTHER:
                stack.push_async_exit(own.pop_all())
                return response
            words = await words_of(target.upstream, response)
    except httpx.HTTPError as error:
        was_asked = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        raise Unavailable(503, f"{name} gave no answer: {_words(error)}", may_cost=was_asked) from error
    except TimeoutError:
        raise Unavailable(504, f"{name} gave no answer in the time of this run", may_cost=True, is_late=True) from None
    raise _refused(response, name, words)


def _refused(response: httpx.Response, name: str, words: str) -> Unavailable:
    status = response.status_code
    reason = f"{name} does not accept the key (401): {words}" if status == 401 else f"{name} answered {status}: {words}"
    is_final = response.headers.get("x-should-retry") == "false"
    return Unavailable(status, reason, _seconds(response.headers.get("retry-after", "")), is_final=is_final)


def _words(error: httpx.HTTPError) -> str:
    return one_line(f"{type(error).__name__}: {error}".removesuffix(": "))


def _seconds(retry_after: str) -> float:
    return float(retry_after) if retry_after.isdecimal() else 0.0


def _pause_s(failure: Unavailable, attempt: int) -> float:
    """At least as long as the other side wishes; random, so that several runs do not come back together."""
    patience_s = min(FIRST_PAUSE_S * 2.0**attempt, LONGEST_PAUSE_S)
    jitter = random.uniform(0.5, 1.0)  # noqa: S311
    return max(failure.retry_after_s, jitter * patience_s)

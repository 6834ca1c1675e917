"""Workers for probes: one that hangs, on a server that is away for example, holds few of them, not all."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from probed.errors import DeadlineExceeded
from probed.ports import Workers

PLACES = 2
"""How many pieces of work of one name may be under way at once, those that hang among them."""

T = TypeVar("T")


class FewPlaces:
    """Hands work on to `workers`, a few of each name at a time; the others wait for a place within their deadline.
    Where every place is taken by work that hangs beyond its own deadline, nobody waits."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._names: dict[str, _Places] = {}

    async def run(self, work: Callable[[], T], *, deadline_s: float, name: str) -> T:
        """Raises what the workers raise, and DeadlineExceeded where earlier work of this name takes the places."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + deadline_s
        places, job = self._names.setdefault(name, _Places()), _Job()
        await places.take(name, ends_at)

        def in_worker() -> T:
            job.begin()
            try:
                return work()
            finally:
                with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody counts any more
                    loop.call_soon_threadsafe(places.leave, job.end())

        try:
            return await self._workers.run(in_worker, deadline_s=ends_at - loop.time(), name=name)
        except BaseException:
            places.give_up(job)
            raise


class _State(enum.Enum):
    WAITING = enum.auto()
    UNDER_WAY = enum.auto()
    HANGING = enum.auto()
    """Under way, and nobody waits for it any more."""
    OVER = enum.auto()


class _Dropped(Exception):
    """Nobody waits for it any more."""


class _Job:
    """Begins and ends in a worker, is given up on the event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = _State.WAITING

    def begin(self) -> None:
        with self._lock:
            if self._state is _State.OVER:
                raise _Dropped
            self._state = _State.UNDER_WAY

    def end(self) -> _State:
        """Returns the state that ends."""
        with self._lock:
            before, self._state = self._state, _State.OVER
            return before

    def give_up(self) -> _State:
        """Returns the state until now."""
        with self._lock:
            before = self._state
            self._state = _State.HANGING if before is _State.UNDER_WAY else _State.OVER
            return before


@dataclass(slots=True)
class _Places:
    """Of one name; touched on the event loop only."""

    free: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(PLACES))
    hanging: int = 0

    async def take(self, name: str, ends_at: float) -> None:
        late = DeadlineExceeded(f"{name}: still waiting for an earlier one")
        if self.hanging >= PLACES:
            raise late
        try:
            async with asyncio.timeout_at(ends_at):
                await self.free.acquire()
        except TimeoutError:
            raise late from None

    def leave(self, state: _State) -> None:
        self.hanging -= state is _State.HANGING
        self.free.release()

    def give_up(self, job: _Job) -> None:
        state = job.give_up()
        if state is _State.UNDER_WAY:
            self.hanging += 1
        elif state is _State.WAITING:
            self.free.release()

"""A source with somebody who listens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from probed.core.host_event import Concern
from probed.events.source import Follow, Listener

TELLS_WITHIN_S = 120.0


class Heard:
    def __init__(self) -> None:
        self.objects: list[str] = []
        self.live = asyncio.Event()
        self._changed = asyncio.Event()

    def tell(self, object_: str) -> None:
        self.objects.append(object_)
        self._changed.set()

    async def until(self, holds: Callable[[list[str]], bool]) -> None:
        async with asyncio.timeout(TELLS_WITHIN_S):
            while not holds(self.objects):
                self._changed.clear()
                await self._changed.wait()

    async def hears(self, object_: str) -> None:
        """From now on."""
        self.objects.clear()
        await self.until(lambda told: object_ in told)


@contextlib.asynccontextmanager
async def listening(follow: Follow, *concerns: Concern) -> AsyncIterator[tuple[Heard, asyncio.Task[None]]]:
    """Once it is live. The task ends when the source is lost."""
    heard = Heard()
    task = asyncio.create_task(follow(Listener(frozenset(concerns), heard.tell, heard.live.set)))
    live = asyncio.create_task(heard.live.wait())
    try:
        async with asyncio.timeout(TELLS_WITHIN_S):
            await asyncio.wait((task, live), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            await task
        yield heard, task
    finally:
        live.cancel()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await task

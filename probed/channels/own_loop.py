"""A thread with an event loop of its own, for a channel that another package brings: where it blocks instead of
waiting, it holds up itself alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from probed.errors import ChannelError

MOST_UNHEARD = 16
"""Calls that gather behind one that hangs."""

T = TypeVar("T")


class OwnLoop:
    """The thread begins with the first call, and ends with the process where it hangs."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unheard = 0
        self._counting = threading.Lock()

    async def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Whoever does not wait any longer goes on at once, also where `work` hangs. Raises ChannelError where too many
        calls have gathered behind one that does."""
        if self._unheard >= MOST_UNHEARD:
            raise ChannelError(f"{self._name} hangs in an earlier call", transient=True)
        loop = self._running()
        self._count(1)
        loop.call_soon_threadsafe(self._count, -1)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work(), loop))

    def close(self) -> None:
        if self._loop:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._loop = None

    def _count(self, more: int) -> None:
        with self._counting:
            self._unheard += more

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=_serve, args=(self._loop,), name=f"channel {self._name}", daemon=True).start()
        return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    finally:
        loop.close()

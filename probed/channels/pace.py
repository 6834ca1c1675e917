"""How fast one chat may be written to, and all of them together."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from probed.errors import ChannelError

GROUP_WINDOW_S = 60.0
OVERALL_PER_S = 28
"""Telegram takes about thirty a second of one bot."""


class Pace:
    """Telegram's limits for one chat: a message a second, for groups also twenty a minute.

    Keeping them is cheaper than being told: after a 429 everything to the chat has to wait.
    """

    def __init__(
        self,
        *,
        is_group: bool,
        interval_s: float = 1.0,
        group_messages: int = 20,
        patience_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval_s, self._patience_s, self._clock = interval_s, patience_s, clock
        self._recent: deque[float] = deque(maxlen=group_messages)
        self._is_group = is_group
        self._not_before = 0.0

    async def free(self) -> None:
        """Wait until a message would have its turn at once. Raises ChannelError as `turn` does."""
        await asyncio.sleep(self._wait_s())

    async def turn(self) -> None:
        """Wait for this message's turn. Raises ChannelError with the time to come back when that is long."""
        wait_s = self._wait_s()
        self._recent.append(self._clock() + wait_s)
        await asyncio.sleep(wait_s)

    def answered(self) -> None:
        """The message has arrived by now, and not before it left: the distance to the next one counts from here."""
        if self._recent:
            self._recent[-1] = max(self._recent[-1], self._clock())

    def hold(self, duration_s: float) -> None:
        """Telegram said how long it takes nothing."""
        self._not_before = max(self._not_before, self._clock() + duration_s)

    def _wait_s(self) -> float:
        wait_s = max(0.0, self._earliest() - self._clock())
        if wait_s > self._patience_s:
            raise ChannelError("Telegram's limit of messages", transient=True, retry_after_s=wait_s)
        return wait_s

    def _earliest(self) -> float:
        earliest = self._not_before
        if self._recent:
            earliest = max(earliest, self._recent[-1] + self._interval_s)
        if self._is_group and len(self._recent) == self._recent.maxlen:
            earliest = max(earliest, self._recent[0] + GROUP_WINDOW_S)
        return earliest


class OverallPace:
    """The limit over all chats; a burst is spread over the seconds that it takes."""

    def __init__(
        self,
        per_s: int = OVERALL_PER_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._recent: deque[float] = deque(maxlen=per_s)

    async def turn(self) -> None:
        now = self._clock()
        is_full = len(self._recent) == self._recent.maxlen
        at = max(now, self._recent[0] + 1.0) if is_full else now
        self._recent.append(at)
        await self._sleep(at - now)

"""What the probes of the past share: pages of the monitor, read as far back as was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from probed.errors import DeadlineExceeded
from probed.ports import Page

MOST_READ = 500
"""Rows, whatever was asked for."""
PAGE = 50
"""Few at once: whoever else is served has its turn in between."""
LONGEST_MINUTES = 366 * 1440

T = TypeVar("T")


async def since(
    minutes: int, read: Callable[[int, str | None], Awaitable[Page[T]]], at: Callable[[T], datetime]
) -> tuple[list[T], str]:
    """The newest first, as far as `at` lies within so many minutes; and a note where not all of them were read."""
    begins, found, before = datetime.now(UTC) - timedelta(minutes=minutes), list[T](), None
    while len(found) < MOST_READ:
        page = await read(PAGE, before)
        young = [each for each in page.items if at(each) >= begins]
        found += young
        if page.next is None or len(young) < len(page.items):
            return found, ""
        before = page.next
    return found, f"the newest {MOST_READ} only: ask for less time"


async def in_time(name: str, deadline_s: float, reading: Awaitable[T]) -> T:
    """Raises DeadlineExceeded."""
    try:
        async with asyncio.timeout(deadline_s):
            return await reading
    except TimeoutError:
        raise DeadlineExceeded(f"{name}: no answer within {deadline_s:g} s") from None

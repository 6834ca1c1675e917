"""What happens, as lines of the log; of thousands of one kind at once only the first ones, and how many there were.

What happens all the time on a host where all is well is said only to whoever wants details.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from loguru import logger

from probed.core.event import StreamEvent

PERIOD_S = 1.0
MOST = 50
"""Lines of one kind in a period: a burst of alerts must not push everything else out of the journal."""


class EventLog:
    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def write(self, event: StreamEvent) -> None:
        """Called on the event loop."""
        if not self._seen:
            asyncio.get_running_loop().call_later(PERIOD_S, self._sum_up)
        self._seen[event.type] += 1
        if self._seen[event.type] <= MOST:
            words = " ".join(f"{name}={value!r}" for name, value in event.data.items() if value not in ("", None))
            logger.log("DEBUG" if is_routine(event) else "INFO", "{} {} {}", event.type, event.subject, words)

    def _sum_up(self) -> None:
        for kind, number in self._seen.items():
            if number > MOST:
                logger.info("{}: {} more within a second", kind, number - MOST)
        self._seen.clear()


def is_routine(event: StreamEvent) -> bool:
    """A run begins, or has found nothing."""
    ended_well = event.type == "run.ended" and event.data.get("state") == event.data.get("verdict") == "ok"
    return event.type == "run.started" or ended_well

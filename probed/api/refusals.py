"""What somebody tried and was refused is on record, too; nobody may fill the disk with it."""

from __future__ import annotations

import logging
import time
from collections import deque

from probed.errors import CortexError
from probed.ports import Actor, Pairings

log = logging.getLogger("cortex.api")

MOST_RECORDED = 30
RECORDED_WITHIN_S = 600.0


class Refusals:
    """The first so many within a time stand in the record of intents, all of them in the log."""

    def __init__(self, pairings: Pairings) -> None:
        self._pairings = pairings
        self._recorded_at: deque[float] = deque(maxlen=MOST_RECORDED)

    async def record(self, by: Actor, subject: str, reason: str) -> None:
        log.warning("%s in vain: %s (%s)", by.name, reason, subject)
        now = time.monotonic()
        if len(self._recorded_at) == MOST_RECORDED and now - self._recorded_at[0] < RECORDED_WITHIN_S:
            return
        self._recorded_at.append(now)
        try:
            await self._pairings.refuse(by, subject, reason)
        except CortexError as error:
            log.warning("that was not recorded: %s", error)

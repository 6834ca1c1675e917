"""What somebody tried and was refused is on record, too; nobody may fill the disk with it."""

from __future__ import annotations

import logging
import time
from collections import defaultdict, deque

from probed.errors import CortexError
from probed.ports import Actor, Pairings

log = logging.getLogger("cortex.api")

MOST_RECORDED = 30
RECORDED_WITHIN_S = 600.0


class Refusals:
    """The first so many of each person within a time stand in the record of intents, all of them in the log: nobody's
    noise hides what somebody else tries."""

    def __init__(self, pairings: Pairings) -> None:
        self._pairings = pairings
        self._recorded_at: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=MOST_RECORDED))
        """By whom: as many as there are members of the group."""

    async def record(self, by: Actor, subject: str, reason: str) -> None:
        log.warning("%s in vain: %s (%s)", by.name, reason, subject)
        now, recorded_at = time.monotonic(), self._recorded_at[by.name]
        if len(recorded_at) == MOST_RECORDED and now - recorded_at[0] < RECORDED_WITHIN_S:
            return
        recorded_at.append(now)
        try:
            await self._pairings.refuse(by, subject, reason)
        except CortexError as error:
            log.warning("that was not recorded: %s", error)

"""New identifiers, in the order in which they are made."""

from __future__ import annotations

import secrets

from probed.core.ids import following, make_id
from probed.ports import Clock


class Ids:
    """Strictly increasing, also within one millisecond and when the wall clock steps back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = ""

    def new(self) -> str:
        fresh = make_id(self._clock.now(), secrets.randbits(30))
        if fresh <= self._last:
            fresh = following(self._last)
        self._last = fresh
        return fresh

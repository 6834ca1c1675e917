"""What a source of events is: a function of the module that the registry names, imported when a check needs it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from probed.core.host_event import Concern

Tell = Callable[[str], None]
"""Called on the event loop with the object of each event."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Whom a source tells."""

    concerns: frozenset[Concern]
    """At least one; all of this source."""
    tell: Tell
    live: Callable[[], None]
    """To be called once nothing that happens from now on is missed."""

    def is_concerned(self, object_: str) -> bool:
        """Whether there is a point in telling of it."""
        return any(concern.fits(object_) for concern in self.concerns)

    def names(self, object_: str) -> bool:
        """Whether somebody wants to know of it by its name."""
        return any(concern.names(object_) for concern in self.concerns)


Follow = Callable[[Listener], Coroutine[Any, Any, None]]
"""Tells of events until it is cancelled. Raises NotHere where this host has no such source, or the daemon may not
listen; anything else that it raises, or its end, means that it was lost."""

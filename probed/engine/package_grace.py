"""While a package manager is at work, services stop and start: for so long, within reason, that is no fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from probed.ports import Clock

LONGEST_S = 600.0
"""A question that nobody answers can hold a package manager up all night."""


@dataclass(slots=True)
class PackageGrace:
    packages_change: Callable[[], bool]
    clock: Clock
    _since: float | None = None

    def holds(self) -> bool:
        """Asked where something looks like a fault: that begins the time."""
        if not self.packages_change():
            self._since = None
            return False
        now = self.clock.monotonic()
        self._since = now if self._since is None else self._since
        return now - self._since < LONGEST_S

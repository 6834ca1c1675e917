"""Intervals follow the time that really passes: when somebody sets the wall clock, what is due moves with it."""

from __future__ import annotations

from collections.abc import Mapping

from probed.engine.pulse import Pulse
from probed.ports import Clock, Monitor, Transaction

TOLERANCE_S = 2.0
SETTING = "clock"
"""Name of the setting that keeps how the wall clock stood, so that a step is noticed across a restart of the daemon."""


class ClockSteps:
    """Compares the wall clock with one that cannot be set."""

    def __init__(self, monitor: Monitor, clock: Clock, pulse: Pulse, boot_id: str) -> None:
        """`boot_id`: of the host; the clocks of two boots cannot be compared. Empty: not known."""
        self._monitor, self._clock, self._pulse, self._boot_id = monitor, clock, pulse, boot_id
        self._offset_s: float | None = None
        """Wall clock minus seconds since boot, as all that is stored follows it; None: not looked yet."""

    async def take_up(self) -> bool:
        """Move what is due if the wall clock was set since the last look, in one transaction. Whether it was looked at
        anew."""
        if self._offset_s is not None and not self._is_step(self._offset_s):
            return False
        async with self._monitor.transaction() as tx:
            known_s = await self._known(tx) if self._offset_s is None else self._offset_s
            offset_s = self._wall_minus_elapsed()
            if known_s is not None and abs(offset_s - known_s) > TOLERANCE_S:
                await tx.shift(offset_s - known_s)
            await tx.settings.set(SETTING, {"boot": self._boot_id, "offset_s": offset_s})
        self._offset_s = offset_s
        self._pulse.beat()
        return True

    async def _known(self, tx: Transaction) -> float | None:
        """From an earlier life of the daemon in this boot."""
        stored = await tx.settings.get(SETTING)
        if not isinstance(stored, Mapping) or not self._boot_id or stored.get("boot") != self._boot_id:
            return None
        offset_s = stored.get("offset_s")
        return offset_s if isinstance(offset_s, float) else None

    def _is_step(self, known_s: float) -> bool:
        return abs(self._wall_minus_elapsed() - known_s) > TOLERANCE_S

    def _wall_minus_elapsed(self) -> float:
        return self._clock.now().timestamp() - self._clock.elapsed()

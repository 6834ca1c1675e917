"""Notices when the wall clock is set or the host was suspended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger

from probed.daemon.clock import Clocks

TOLERANCE_S = 2.0
LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Jump:
    step_s: float
    """How far the wall clock was set forward (or back, if negative)."""
    suspended_s: float

    def __str__(self) -> str:
        words = []
        if abs(self.step_s) > TOLERANCE_S:
            direction = "forward" if self.step_s > 0 else "back"
            words.append(f"the wall clock was set {direction} by {abs(self.step_s):.0f} s")
        if self.suspended_s > TOLERANCE_S:
            words.append(f"the host was suspended for {self.suspended_s:.0f} s")
        return " and ".join(words)


class ClockGuard:
    """Compares the wall clock with clocks that cannot be set, at each look.

    Each look starts from the previous one, so a clock that is only slewed (NTP) never counts as a jump.
    """

    def __init__(self, clocks: Clocks, on_jump: Callable[[Jump], None]) -> None:
        self._clocks = clocks
        self._on_jump = on_jump
        self._step_base, self._suspend_base = self._differences()
        self._looked_at = clocks.awake()

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        """Tell `on_jump` of a jump since the last look; when it returns, the jump is dealt with."""
        step, suspend = self._differences()
        jump = Jump(step - self._step_base, suspend - self._suspend_base)
        self._step_base, self._suspend_base = step, suspend
        self._looked_at = self._clocks.awake()
        if abs(jump.step_s) > TOLERANCE_S or jump.suspended_s > TOLERANCE_S:
            logger.warning("{}; everything is planned anew", jump)
            self._on_jump(jump)

    def silent_for_s(self) -> float:
        """Seconds since the last look; much more than one means that nobody watches."""
        return self._clocks.awake() - self._looked_at

    def _differences(self) -> tuple[float, float]:
        elapsed = self._clocks.elapsed()
        return self._clocks.wall() - elapsed, elapsed - self._clocks.awake()

"""How often something was started again lately, from a counter that only says how often in all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probed.core.observation import Memory

MOST = 100
"""Moments that are remembered of each."""


@dataclass(frozen=True, slots=True)
class Restarts:
    """Of each name the counter as it was last, and the moments at which it had grown, one for each time."""

    counts: Mapping[str, int]
    moments: Mapping[str, tuple[int, ...]]
    looked_at: float | None
    """None before the first look."""

    @classmethod
    def remembered(cls, memory: Memory) -> Restarts:
        counts, moments, looked_at = memory.get("counts"), memory.get("moments"), memory.get("looked_at")
        return cls(
            {str(name): int(count) for name, count in counts.items()} if isinstance(counts, dict) else {},
            {str(name): tuple(each) for name, each in moments.items()} if isinstance(moments, dict) else {},
            float(looked_at) if isinstance(looked_at, int | float) else None,
        )

    def since(self, counts: Mapping[str, int], now: float, within_s: float) -> Restarts:
        """With the counters as they are now. What they show at the first look, or at one that comes long after the
        last (the daemon was off, the host slept), may be of long ago."""
        is_base = self.looked_at is None or now - self.looked_at > within_s
        moments = {}
        for name, count in counts.items():
            before = count if is_base else self.counts.get(name, 0)
            grown = count - before if count >= before else count  # a counter begins anew with its unit
            recent = [each for each in self.moments.get(name, ()) if now - each < within_s]
            if kept := (*recent, *[int(now)] * min(grown, MOST))[-MOST:]:
                moments[name] = kept
        return Restarts({name: count for name, count in counts.items() if count}, moments, now)

    def lately(self, name: str) -> int:
        return len(self.moments.get(name, ()))

    def memory(self) -> Memory:
        moments = {name: list(each) for name, each in self.moments.items()}
        return {"counts": dict(self.counts), "moments": moments, "looked_at": self.looked_at}

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

    @classmethod
    def remembered(cls, memory: Memory) -> Restarts:
        counts, moments = memory.get("counts"), memory.get("moments")
        return cls(
            {str(name): int(count) for name, count in counts.items()} if isinstance(counts, dict) else {},
            {str(name): tuple(each) for name, each in moments.items()} if isinstance(moments, dict) else {},
        )

    def since(self, counts: Mapping[str, int], now: float, within_s: float, *, is_first: bool) -> Restarts:
        """With the counters as they are now. What they show at the very first look may be of long ago."""
        moments = {}
        for name, count in counts.items():
            before = count if is_first else self.counts.get(name, 0)
            grown = count - before if count >= before else count  # a counter begins anew with its unit
            recent = [each for each in self.moments.get(name, ()) if now - each < within_s]
            if kept := (*recent, *[int(now)] * min(grown, MOST))[-MOST:]:
                moments[name] = kept
        return Restarts({name: count for name, count in counts.items() if count}, moments)

    def lately(self, name: str) -> int:
        return len(self.moments.get(name, ()))

    def memory(self) -> Memory:
        return {"counts": dict(self.counts), "moments": {name: list(each) for name, each in self.moments.items()}}

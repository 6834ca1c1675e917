"""How often events may lead to a look: at once after calm, seldom while the same thing happens again and again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
CALM_S = 60.0
"""What was not looked at for so long is looked at at once again."""
MOST_REMEMBERED = 1024
BURST = 20
REFILL_S = 3.0
"""Of one inspection: so many looks in a row, and one more after so long."""


@dataclass(slots=True)
class Rest:
    """Of one object."""

    looked_at: float
    pause_s: float = FIRST_PAUSE_S

    def is_over(self, now: float) -> bool:
        return now - self.looked_at >= max(CALM_S, self.pause_s)


@dataclass(slots=True)
class Allowance:
    """A token bucket."""

    at: float
    tokens: float = BURST

    def wait_s(self, now: float) -> float:
        self.tokens = min(BURST, self.tokens + (now - self.at) / REFILL_S)
        self.at = now
        return max(0.0, (1 - self.tokens) * REFILL_S)


@dataclass(slots=True)
class Pace:
    """All times are monotonic seconds. Bounded: the object that was looked at longest ago is forgotten first."""

    _rests: OrderedDict[tuple[str, str], Rest] = field(default_factory=OrderedDict)
    _allowances: dict[str, Allowance] = field(default_factory=dict)

    def wait_s(self, inspection: str, object_: str, now: float) -> float:
        """How long until an event about the object may lead to a look."""
        rest = self._rests.get((inspection, object_))
        resting = 0.0 if rest is None or rest.is_over(now) else max(0.0, rest.looked_at + rest.pause_s - now)
        return max(resting, self._allowances.setdefault(inspection, Allowance(now)).wait_s(now))

    def looked(self, inspection: str, objects: set[str], now: float) -> None:
        """Because of events about these objects."""
        allowance = self._allowances.setdefault(inspection, Allowance(now))
        allowance.wait_s(now)
        allowance.tokens -= 1
        for object_ in objects:
            before = self._rests.pop((inspection, object_), None)
            again = before is not None and not before.is_over(now)
            pause_s = min(2 * before.pause_s, LONGEST_PAUSE_S) if before and again else FIRST_PAUSE_S
            self._rests[(inspection, object_)] = Rest(now, pause_s)
        while len(self._rests) > MOST_REMEMBERED:
            self._rests.popitem(last=False)

    def keep_only(self, inspections: set[str]) -> None:
        self._allowances = {name: each for name, each in self._allowances.items() if name in inspections}

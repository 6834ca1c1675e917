"""One row of the table: what Cortex takes, what others take for the same, and what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True, slots=True)
class Figure:
    """What a peer, or the floor, takes. None: it is not here."""

    name: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Limit:
    value: float
    is_least: bool = False
    is_of_ratio: bool = False
    """To the first figure beside; else of Cortex's own."""

    def allows(self, value: float) -> bool:
        return value >= self.value if self.is_least else value <= self.value


@dataclass(frozen=True, slots=True)
class Row:
    question: str
    cortex: float
    unit: str
    beside: Sequence[Figure] = ()
    limit: Limit | None = None

    def ratio_to(self, figure: Figure) -> float | None:
        return self.cortex / figure.value if figure.value else None

    @property
    def is_broken(self) -> bool:
        """Whether a limit is. One for whose ratio the other side is missing is not, and not held either."""
        if not isfinite(self.cortex):
            return True
        judged = self._judged
        return self.limit is not None and judged is not None and not self.limit.allows(judged)

    @property
    def is_held(self) -> bool:
        return self.limit is not None and self._judged is not None and not self.is_broken

    @property
    def _judged(self) -> float | None:
        is_of_ratio = self.limit is not None and self.limit.is_of_ratio
        return self.ratio_to(self.beside[0]) if is_of_ratio else self.cortex


def at_most(value: float) -> Limit:
    return Limit(value)


def at_most_times(ratio: float) -> Limit:
    return Limit(ratio, is_of_ratio=True)


def at_least_share(ratio: float) -> Limit:
    return Limit(ratio, is_least=True, is_of_ratio=True)


def at_least(value: float) -> Limit:
    return Limit(value, is_least=True)

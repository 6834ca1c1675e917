"""Made series of hours whose truth is known: what fills up and when, what is unusual and from when to when."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

DAY, WEEK = 24, 7 * 24
FULL = 99.5
Value = Callable[[int, random.Random], float]
"""Of the hour; the noise is added to it."""


@dataclass(frozen=True, slots=True)
class Filling:
    name: str
    values: list[float]
    full_at: int | None
    """The hour; None: never."""


@dataclass(frozen=True, slots=True)
class Habits:
    name: str
    values: list[float]
    unusual: list[tuple[int, int]]
    """First and last hour of what is unusual."""


def _wandering(seed: int) -> Value:
    chance, walk = random.Random(seed), [70.0]
    for _ in range(12 * WEEK):
        walk.append(min(max(walk[-1] + chance.gauss(0, 0.25), 40.0), 92.0))
    return lambda n, _: walk[n]


FILLS: Mapping[str, Value] = {
    "steady growth": lambda n, _: 40 + 1.2 * n / DAY,
    "growth with a daily wave": lambda n, _: 35 + 1.2 * n / DAY + 3 * math.sin(n / DAY * 2 * math.pi),
    "growth that begins late": lambda n, _: 50 + max(0, n - 4 * WEEK) * 0.15,
    "growth, cleaned up once": lambda n, _: 40 + 2 * n / DAY - (25 if n > 3 * WEEK else 0),
    "rotated each day, grows": lambda n, _: 45 + 1.0 * n / DAY + 6 * (n % DAY) / DAY,
    "a rotation that fails": lambda n, _: 50 + 20 * (n % WEEK if n < 5 * WEEK else n - 5 * WEEK) / WEEK,
}
STAYS: Mapping[str, Value] = {
    "noise": lambda n, chance: 85 + chance.gauss(0, 2),
    "daily wave": lambda n, _: 85 + 6 * math.sin(n / DAY * 2 * math.pi),
    "rotated each day": lambda n, _: 60 + 30 * (n % DAY) / DAY,
    "rotated each week": lambda n, _: 50 + 40 * (n % WEEK) / WEEK,
    "nightly backup": lambda n, _: 65 + (8 * (n % DAY) if n % DAY < 4 else 0),
    "stairs of releases": lambda n, _: 60 + 3 * (n // (2 * WEEK)),
    "fills, is cleaned in time": lambda n, _: 60 + 30 * (n % (10 * DAY)) / (10 * DAY),
}


def fillings(seeds: int, weeks: int) -> list[Filling]:
    found = []
    for seed in range(seeds):
        for name, value in {**FILLS, **STAYS, "a wandering number": _wandering(seed)}.items():
            chance = random.Random(f"{name} {seed}")
            values = [min(value(n, chance) + chance.gauss(0, 0.3), 100.0) for n in range(weeks * WEEK)]
            full_at = next((n for n, each in enumerate(values) if each >= FULL), None)
            found.append(Filling(name, values if full_at is None else values[: full_at + 1], full_at))
    return found


def _week(n: int) -> float:
    """Busy by day, quiet by night and at the weekend."""
    by_day = max(0.0, math.sin((n % DAY - 6) / 12 * math.pi)) if 6 <= n % DAY < 18 else 0.0
    return 10 + (50 * by_day if n % WEEK < 5 * DAY else 5 * by_day)


def habits(seeds: int, weeks: int) -> list[Habits]:
    found = []
    for seed in range(seeds):
        for name, (extra, unusual) in _unusual().items():
            chance = random.Random(f"{name} {seed}")
            values = [max(_week(n) + extra(n) + chance.gauss(0, 2), 0.0) for n in range(weeks * WEEK)]
            found.append(Habits(name, values, unusual))
    return found


def _unusual() -> Mapping[str, tuple[Callable[[int], float], list[tuple[int, int]]]]:
    sunday, night, holiday, shift = 6 * WEEK + 6 * DAY + 8, 5 * WEEK + DAY, 6 * WEEK + DAY, 6 * WEEK
    return {
        "a working week": (lambda n: 0.0, []),
        "a busy Sunday": (lambda n: 40.0 if sunday <= n < sunday + 8 else 0.0, [(sunday, sunday + 8)]),
        "a night of load": (lambda n: 45.0 if night <= n < night + 5 else 0.0, [(night, night + 5)]),
        "a holiday": (lambda n: 10 - _week(n) if holiday <= n < holiday + DAY else 0.0, [(holiday, holiday + DAY)]),
        "a lasting shift": (lambda n: 30.0 if n >= shift else 0.0, [(shift, shift + 4 * WEEK)]),
        "a new nightly job": (lambda n: 40.0 if n >= shift and n % DAY < 3 else 0.0, [(shift, shift + 4 * WEEK)]),
    }

"""How far away something is, in words."""

from __future__ import annotations

import math

UNITS = ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute"))
LEAST = 2
"""Of a unit, before it is used."""


def between(soonest_s: float, latest_s: float | None) -> str:
    """`in 3 to 5 days`; without an end `in 3 days at the soonest`."""
    size_s, name = _unit(soonest_s if latest_s is None else latest_s)
    soonest = math.floor(soonest_s / size_s)
    if latest_s is None:
        return f"in {_count(soonest, name)} at the soonest"
    latest = max(math.ceil(latest_s / size_s), 1)
    if latest == soonest or (soonest, latest) == (0, 1):
        return f"within {_count(latest, name)}"
    return f"in {soonest} to {_count(latest, name)}"


def _unit(span_s: float) -> tuple[float, str]:
    return next((unit for unit in UNITS if span_s >= LEAST * unit[0]), UNITS[-1])


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"

"""Spans of time as people type them: `90s`, `15m`, `1h30m`, `7d`."""

from __future__ import annotations

import re

SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
SPAN = re.compile(r"(?:\d{1,6}(?:\.\d{1,3})?[smhdw]){1,5}")
PART = re.compile(r"([\d.]+)([smhdw])")


class TooOdd(ValueError):
    """It is no span of time."""


def span_s(text: str) -> float:
    """In seconds. Raises TooOdd."""
    if not SPAN.fullmatch(text):
        raise TooOdd(f"{text!r} is no span of time; write it like 90s, 15m, 1h30m or 7d")
    return sum(float(number) * SECONDS[unit] for number, unit in PART.findall(text))

"""Moments as people say them."""

from __future__ import annotations

from datetime import UTC, datetime

_says_moments = False


def say_moments(wanted: bool) -> None:
    """For this process: moments as they are, in UTC, instead of how far they are."""
    global _says_moments
    _says_moments = wanted


UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def now() -> datetime:
    return datetime.now(UTC)


def moment(text: str) -> datetime:
    """An RFC 3339 time of the wire."""
    return datetime.fromisoformat(text)


def relative(text: str | None, at: datetime) -> str:
    """`3 min ago`, `in 2 h`, `now`, or the moment itself; `-` for none."""
    if text is None:
        return "-"
    if _says_moments:
        return on_the_clock(text)
    passed_s = (at - moment(text)).total_seconds()
    if abs(passed_s) < 1:
        return "now"
    return f"{duration(passed_s)} ago" if passed_s > 0 else f"in {rounded(-passed_s)}"


def on_the_clock(text: str) -> str:
    """`2026-03-01 10:42:00Z` where moments are wanted, else by the clock of whoever looks: `2026-03-01 11:42:00`."""
    if _says_moments:
        return f"{moment(text).astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
    return f"{moment(text).astimezone():%Y-%m-%d %H:%M:%S}"


def since(text: str, at: datetime) -> str:
    """How long a state has lasted: `for 3 min`, or since when."""
    if _says_moments:
        return f"since {on_the_clock(text)}"
    return f"for {duration((at - moment(text)).total_seconds())}"


def between(start: str | None, end: str | None) -> str:
    """`320 ms`, `12 s`; empty as long as one is missing."""
    if start is None or end is None:
        return ""
    seconds = (moment(end) - moment(start)).total_seconds()
    return duration(seconds) if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def rounded(seconds: float) -> str:
    """To the nearest: what was asked to last 2 h does so a moment later, too."""
    size = next((size for size, _ in UNITS if seconds >= size), 1)
    return duration(seconds + size / 2)


def duration(seconds: float) -> str:
    """In the largest unit that fits, cut down: 7199 s are `1 h`; below 1 s: `0 s`."""
    size, name = next(((size, name) for size, name in UNITS if seconds >= size), UNITS[-1])
    return f"{int(seconds // size)} {name}" if seconds > 0 else "0 s"

"""Values as people write them: `5m`, `80%`, `10 GiB`."""

from __future__ import annotations

import re

from pydantic import AfterValidator, BeforeValidator, Field

from probed.core.regex import compile_regex

SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31536000.0}
LONGEST_S = 100 * 366 * 86400.0
BYTES = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
LONGEST_TEXT = 64
"""Characters; other programs propose such values, too, and nobody's text may keep the daemon busy."""

# What repeats is possessive: each character is looked at once.
NUMBER = r"(\d++(?:\.\d++)?+)"
PART = re.compile(rf"{NUMBER}\s*+(ms|[smhdwy])\s*+")
PARTS = re.compile(rf"(?:{PART.pattern})++")
PERCENT = re.compile(rf"{NUMBER}\s*+%?")
SIZE = re.compile(rf"{NUMBER}\s*+([kmgt]?i?)b?")


def seconds(value: object) -> float:
    """`90`, `"90s"`, `"1h30m"` as seconds. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(_plausible(value))
    text = _text(value)
    if not PARTS.fullmatch(text):
        raise ValueError(f"{_shown(value)} is not a duration; write it like 30s, 5m, 1h30m or 7d")
    return _plausible(sum(float(number) * SECONDS[unit] for number, unit in PART.findall(text)))


def _plausible(duration_s: float) -> float:
    if not 0 <= duration_s <= LONGEST_S:
        raise ValueError("a duration is neither negative nor longer than a hundred years")
    return duration_s


def percent(value: object) -> float:
    """`"80%"` or `80` as 80.0. Raises ValueError."""
    match = PERCENT.fullmatch(_text(value))
    if not match:
        raise ValueError(f"{_shown(value)} is not a percentage; write it like 80%")
    return float(match[1])


def size_bytes(value: object) -> int:
    """`"10 GiB"`, `"500M"`, `4096` as bytes. Raises ValueError."""
    match = SIZE.fullmatch(_text(value))
    if not match or match[2] not in BYTES:
        raise ValueError(f"{_shown(value)} is not a size; write it like 10GiB or 500MB")
    size = float(match[1]) * BYTES[match[2]]
    if size >= 2**63:
        raise ValueError(f"{_shown(value)} is too large a size")
    return int(size)


def _text(value: object) -> str:
    """In small letters, without white space around it; empty, which is no value, for what is too long to be one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = str(value)
    return text.strip().lower() if len(text) <= LONGEST_TEXT else ""


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def names(value: object) -> object:
    """One name where a list is expected counts as a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def regular_expression(text: str) -> str:
    """Raises ValueError where it is none of RE2."""
    compile_regex(text)
    return text


Duration = BeforeValidator(seconds)
DurationOrForever = BeforeValidator(lambda value: None if value is None else seconds(value))
Percent = BeforeValidator(percent)
PercentOrNone = BeforeValidator(lambda value: None if value is None else percent(value))
Size = BeforeValidator(size_bytes)
Names = BeforeValidator(names)
Expression = AfterValidator(regular_expression)
Positive = Field(gt=0)
NotNegative = Field(ge=0)

"""Numbers as people and programs write them, with what they measure: read from texts, and from named cells."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

MOST_CHARACTERS = 20_000
"""Of one text that are read."""
MOST_QUANTITIES = 500
"""In one text."""


Leaning = Literal["", "about", "more", "less"]


class Kind(StrEnum):
    COUNT = "count"
    BYTES = "bytes"
    SECONDS = "seconds"
    PERCENT = "percent"
    WORD = "word"
    """No number but a name made of digits: a version, an address. It is only ever the same or another."""


@dataclass(frozen=True, slots=True)
class Quantity:
    text: str
    kind: Kind
    face: float = 0.0
    """The number as it is written."""
    scales: tuple[float, ...] = (1.0,)
    """What the number may have to be multiplied with to be in bytes, seconds or percent; several where the unit is
    used in two senses (GB)."""
    digit: float = 0.0
    """What one unit of the last written digit is worth, by the face; 0: exact."""
    leaning: Leaning = ""
    """What stands before it: `about`, or that the real number is more, or less."""

    @property
    def values(self) -> tuple[float, ...]:
        return tuple(self.face * scale for scale in self.scales)


_SIZES = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_TIMES = {
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), 1e-9),
    **dict.fromkeys(("us", "µs", "μs", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "mins", "minute", "minutes", "m"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
    **dict.fromkeys(("w", "week", "weeks"), 604800.0),
}
_PERCENTS = ("%", "percent", "per cent", "pct")
_UNIT = (
    r"(?:%|per ?cent|pct|(?:[kmgtp]i?)?b(?:ytes?)?|(?:kilo|mega|giga|tera)bytes?|[kmgt]i|k"
    r"|nanoseconds?|microseconds?|milliseconds?|seconds?|minutes?|hours?|days?|weeks?"
    r"|ns|[uµμ]s|ms|msec|secs?|mins?|hrs?|[smhdw])(?![A-Za-z_])"
)
_NUMBER = r"\d{1,3}(?:[,\u00a0\u2009\u202f']\d{3})+(?:\.\d+)?|\d+,\d{1,2}(?!\d)|\d+(?:\.\d+)?(?:e[+-]?\d{1,3}\b)?"
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"

SKIPPED = (
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:?\d{2})?"  # a date, with a time
    rf"|\b{_MONTH} {{1,2}}\d{{1,2}}(?:st|nd|rd|th)?(?:, ?\d{{4}}|,? \d{{2}}:\d{{2}}(?::\d{{2}})?)?(?!\d)"
    rf"|\b{_MONTH},? {{1,2}}\d{{4}}\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}(?: \d{{4}}\b)?"
    r"|\b\d{1,2}[./]\d{1,2}[./]\d{4}\b"
    r"|(?<![\w.:])\d{1,2}:\d{2}(?::\d{2})?(?!\d)(?:\.\d+)?(?: ?(?:am|pm|utc)\b|z\b)?"  # a time of day
    r"|\b(?:in|since|of|until|year|from|by) (?:19|20)\d{2}\b(?![.,/-]\d)"  # a year
    r"|\b\d+(?:st|nd|rd|th)\b|\b\dxx\b|\b24/7\b|\b\d+(?:/\d+){2,}\b"
    r"|(?m:^)\s{0,3}\d{1,2}[.)]\s"  # a place in a list
)
DATES = re.compile(SKIPPED, re.IGNORECASE)
DIGITS = re.compile(r"(?<![\w.])\d[\w.+~-]*|(?<=[A-Za-z_])\d+(?:\.\d+)*")
WORDS = (
    r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?:/\d{1,2})?\b"  # an address
    r"|\bv\d+(?:\.\d+)+[\w.+~-]*"  # a version
    r"|\b\d+\.\d+\.\d+[\w.+~-]*"
    r"|\b\d+(?:\.\d+)+[-+~][\w.+~-]+"
)
NAMES = (
    r"(?<![\w./@#])[A-Za-z_/@#][A-Za-z_/@#]{0,100}[\w./@-]{0,200}\d[\w./:@%+-]{0,200}"
    r"|\b[0-9a-f]{12,64}\b"
    r"|(?<![\w./:@-])\d{1,20}[A-Za-z]{0,20}[-_/@][\w./:@-]{0,200}[A-Za-z][\w./:@-]{0,200}"
)
"""What has a digit in its name: `eth0`, `/var/log/app.1`, `nginx@2.service`."""
_NUMBER_WITH_UNIT = rf"(?P<number>[-−]?(?:{_NUMBER}))(?P<gap>[ \u00a0\u202f]?)(?P<unit>{_UNIT}|[KMGT](?![A-Za-z_]))?"
TOKENS = re.compile(
    rf"(?P<skipped>{SKIPPED})|(?P<word>{WORDS})"
    r"|(?P<pid>\b(?:pid|port|uid|gid|id|line|inode)s?[ =:#]{1,3}(?P<of>\d+)\b)"
    rf"|(?P<name>{NAMES})|{_NUMBER_WITH_UNIT}",
    re.IGNORECASE,
)
SHARED = (" to ", "-", "–", " of ", " out of ", " and ", " or ", "/")
"""Between two numbers that have one unit, which stands behind the second."""
BETWEEN = ("", " ", " and ")
_MORE = r"(?:\b(?:over|above|more than|at least|beyond|exceeds?|exceeding)|[>≥]) ?$"
_LESS = r"(?:\b(?:under|below|less than|at most|up to|nearly|almost|close to)|[<≤]) ?$"
_ABOUT = r"(?:\b(?:about|around|approximately|approx\.?|roughly|some|circa|ca\.)|[~≈]) ?$"
LEANINGS: Mapping[Leaning, re.Pattern[str]] = {
    "more": re.compile(_MORE, re.IGNORECASE),
    "less": re.compile(_LESS, re.IGNORECASE),
    "about": re.compile(_ABOUT, re.IGNORECASE),
}


Found = tuple[int, Quantity, int]
"""Where it begins, what it is, and where it ends."""


def quantities_in(text: str) -> Iterator[tuple[int, Quantity]]:
    """Each with its place in the text; dates, times, years and numbers within names are none."""
    found = _joined(text, _with_shared_units(text, [*_read(text[:MOST_CHARACTERS])]))
    for number, (place, quantity, _) in enumerate(found):
        if number >= MOST_QUANTITIES:
            return
        yield place, quantity


def _read(text: str) -> Iterator[Found]:
    for match in TOKENS.finditer(text):
        if match["word"]:
            yield match.start(), Quantity(match[0].rstrip("."), Kind.WORD), match.end()
        elif match["pid"]:
            yield match.start("of"), Quantity(match["of"], Kind.WORD, float(match["of"])), match.end()
        elif match["number"]:
            quantity = _quantity(match, _leaning(text[max(match.start() - 16, 0) : match.start()]))
            if quantity:
                yield match.start(), quantity, match.end()


def _quantity(match: re.Match[str], leaning: Leaning) -> Quantity | None:
    before = match.string[match.start() - 1 : match.start()] if match.start() else ""
    raw = match["number"].replace("−", "-")
    if before.isalnum() or (raw.startswith("-") and before.strip()):
        raw = raw.lstrip("-")
    face, digit = _face(raw)
    if not math.isfinite(face):
        return None
    unit = match["unit"] or ""
    kind, scales = unit_of(unit, is_attached=not match["gap"])
    return Quantity(match[0].strip() if unit else raw, kind, face, scales, digit, leaning)


def _leaning(before: str) -> Leaning:
    return next((leaning for leaning, words in LEANINGS.items() if words.search(before)), "")


def _face(raw: str) -> tuple[float, float]:
    """The number, and what one unit of its last digit is worth."""
    plain = re.sub(r"[\u00a0\u2009\u202f']", "", raw)
    if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
        plain = plain.replace(",", "")
    plain = plain.replace(",", ".").lower()
    mantissa, _, exponent = plain.partition("e")
    decimals = len(mantissa.partition(".")[2])
    face = float(plain)
    return face, float(f"1e{int(exponent or 0) - decimals}") if math.isfinite(face) else 0.0


def unit_of(unit: str, *, is_attached: bool = True) -> tuple[Kind, tuple[float, ...]]:
    """Of a unit as it is written behind a number, or at the end of a field's name."""
    small = unit.lower().replace(" ", "")
    if small in _PERCENTS or small == "percent":
        return Kind.PERCENT, (1.0,)
    if unit == "k":
        return Kind.COUNT, (1000.0,)
    if unit in ("K", "M", "G", "T") and is_attached:
        power = _SIZES[small]
        return Kind.BYTES, (1024.0**power, 1000.0**power)
    if small in _TIMES and not (small == "m" and unit == "M"):
        return Kind.SECONDS, (_TIMES[small],)
    return _size(small)


def _size(small: str) -> tuple[Kind, tuple[float, ...]]:
    for name, letter in (("kilo", "k"), ("mega", "m"), ("giga", "g"), ("tera", "t")):
        small = small.replace(name, letter)
    match = re.fullmatch(r"([kmgtp]?)(i?)(?:b|bytes?)?", small)
    if not small or match is None:
        return Kind.COUNT, (1.0,)
    power = _SIZES[match[1]]
    if power and not match[2]:
        return Kind.BYTES, (1000.0**power, 1024.0**power)
    return Kind.BYTES, (1024.0**power,)


def words_in(text: str) -> set[str]:
    """Whatever begins with a digit, letter by letter, but for dates and times."""
    plain = DATES.sub(" ", text[:MOST_CHARACTERS])
    words = {word.rstrip(".,+~-").lower() for word in DIGITS.findall(plain)}
    return words | {re.split("[-+~]", word)[0] for word in words}


def _with_shared_units(text: str, found: list[Found]) -> list[Found]:
    """`75 of 100 GiB` are both GiB."""
    for index in range(len(found) - 2, -1, -1):
        place, first, end = found[index]
        following, then, _ = found[index + 1]
        if first.kind is Kind.COUNT and then.kind is not Kind.WORD and text[end:following] in SHARED:
            found[index] = (place, replace(first, kind=then.kind, scales=then.scales), end)
    return found


def _joined(text: str, found: list[Found]) -> list[Found]:
    """`1h 30m`, `3 days and 4 hours` are one."""
    joined: list[Found] = []
    smallest = 0.0
    """The unit that the last one ends with, in seconds."""
    for place, quantity, end in found:
        unit = quantity.scales[0] if quantity.kind is Kind.SECONDS else 0.0
        if joined and 0 < unit < smallest and text[joined[-1][2] : place] in BETWEEN:
            joined[-1] = (joined[-1][0], _sum(joined[-1][1], quantity), end)
        else:
            joined.append((place, quantity, end))
        smallest = unit
    return joined


def _sum(first: Quantity, then: Quantity) -> Quantity:
    total = first.values[0] + then.values[0]
    digit = then.digit * then.scales[0]
    return Quantity(f"{first.text} {then.text}", Kind.SECONDS, total, (1.0,), digit, first.leaning)

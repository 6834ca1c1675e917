"""What of a finding counts as evidence: its severity, its numbers roughly, its texts without what changes by itself."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from probed.core.finding import Finding, Severity

MANY_TIMES = 4.0
"""A number that is so many times as large as it was, or as small, is another one."""
MOST_NUMBERS = 40
MOST_CHARACTERS = 2000
"""Of one text that are looked at."""
DEPTH = 6

VOLATILE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # an id
    r"|\b(?=[a-f]{0,40}\d)[0-9a-f]{8,64}\b"  # a hash, a container's id
    r"|\d++(?:[.,:T/-]\d++)*+Z?",  # a number, a date, a time, an address, a version
    re.IGNORECASE,
)
UNITS = re.compile(
    r"# ?(?:[kmgtp]i?b|bytes?|b|[mun]?s|sec(?:ond)?s?|m|min(?:ute)?s?|h|hours?|d|days?|w|weeks?|months?|years?)\b"
    r"|# ?%|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? {1,2}(?=#)",
    re.IGNORECASE,
)
AGAIN = re.compile(r"#(?:[ ,:-]?#)++")
NAMES_OF_IDS = re.compile(r"(?:^|[._])(?:pids?|inode|port|id)$")
"""A number of this name says which, not how much."""


@dataclass(frozen=True, slots=True)
class Mark:
    check: str
    object: str
    severity: Severity | None
    """None: the check gave no answer."""
    words: str = ""
    """A digest of its texts, without what changes by itself."""
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[str, str]:
        return self.check, self.object

    @property
    def rank(self) -> int:
        return self.severity.rank if self.severity else 0

    @property
    def name(self) -> str:
        return f"{self.check} {self.object}".strip()


def mark_of(finding: Finding) -> Mark:
    facts = finding.evidence or {"summary": finding.summary}
    texts, numbers = set[tuple[str, str]](), dict[str, float]()
    for name, value in _flat("", facts, DEPTH):
        if isinstance(value, str):
            texts.add((name, template(value)))
        elif len(numbers) < MOST_NUMBERS and not NAMES_OF_IDS.search(name):
            numbers[name] = max(value, numbers.get(name, value))
    return Mark(finding.check, finding.object, finding.severity, _digest(texts), numbers)


def mark_of_silence(check: str, reason: str) -> Mark:
    return Mark(check, "", None, _digest({("", template(reason))}))


def template(text: str) -> str:
    """`failed 3 minutes ago (pid 4711)` as `failed # ago (pid #)`: equal for texts that differ only in what changes by
    itself."""
    plain = VOLATILE.sub("#", text[:MOST_CHARACTERS])
    return AGAIN.sub("#", UNITS.sub("#", plain))


def is_far(one: float, other: float) -> bool:
    """Whether the one is another order than the other. What lies between nothing and one counts as little."""
    return abs(_order(one) - _order(other)) >= math.log(MANY_TIMES)


def _order(number: float) -> float:
    return math.copysign(math.log1p(abs(number)), number)


def _flat(name: str, value: object, depth: int) -> Iterator[tuple[str, str | float]]:
    """Every text and number with the names that lead to it; the place in a list does not count."""
    if depth == 0 or value is None:
        return
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), each, depth - 1)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for each in value:
            yield from _flat(name, each, depth - 1)
    elif isinstance(value, bool):
        yield name, str(value)
    elif isinstance(value, int | float):
        if math.isfinite(value):
            yield name, float(value)
    else:
        yield name, str(value)


def _digest(texts: set[tuple[str, str]]) -> str:
    return hashlib.sha256(repr(sorted(texts)).encode(errors="replace")).hexdigest()[:16]

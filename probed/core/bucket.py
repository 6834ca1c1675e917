"""A value as one of few words, so that two cases of the same kind say the same although their figures differ."""

from __future__ import annotations

import math
import re

OBJECT = "{object}"
"""Stands for the name of whatever has the problem."""
SHORTEST_NAME = 4
"""Characters of one that is looked for within a longer text."""
LONGEST_WORD = 80
EXACT = re.compile(r"(?:^|_)(?:code|status|signal|errno|level|priority|port)$")
"""Numbers of these names are names themselves."""
PASSING = re.compile(r"(?:^|_)(?:at|pid|ppid|since|until|time|times|uptime|age|started|ended|seen|id|cursor|elapsed)$")
"""What is another one each time."""
FIGURES = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8,}|\d+(?:\.\d+)?")


def is_passing(name: str) -> bool:
    return PASSING.search(name) is not None


def bucket(name: str, value: object, object_: str = "") -> str:
    """`name`: of the field that holds it."""
    match value:
        case bool() | None:
            return str(value).lower()
        case int() if EXACT.search(name):
            return str(value)
        case int() | float():
            return _magnitude(value)
    return word_of(str(value), object_)


def name_in(object_: str) -> str:
    """What names the thing in a finding's object: `/srv` in `/srv size`."""
    return object_.split()[0].rstrip(":,") if object_.split() else object_


def without_name(text: str, object_: str) -> str:
    name = name_in(object_)
    if text == name != "":
        return OBJECT
    return text.replace(name, OBJECT) if len(name) >= SHORTEST_NAME else text


def word_of(text: str, object_: str = "", longest: int = LONGEST_WORD) -> str:
    """Without its figures, and without the object's name."""
    named = without_name(text[:1000], object_)
    return " ".join(FIGURES.sub("#", named.lower()).split())[:longest]


def _magnitude(value: float) -> str:
    if not math.isfinite(value) or not value:
        return str(value) if value else "0"
    sign = "-" if value < 0 else ""
    return f"{sign}2^{round(math.log2(abs(value)))}"

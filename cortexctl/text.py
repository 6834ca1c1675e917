"""Text for a terminal. Much of it comes from the watched host, so nothing in it may steer the terminal."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from probed.wire.alert import AlertShape
    from probed.wire.finding import ActionCallShape

CONTROL = [*range(0x20), *range(0x7F, 0xA0)]
DIRECTION = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
"""Marks that reverse the direction of writing: with them, text can show something else than it is."""
HARMLESS = {code: f"\\x{code:02x}" for code in CONTROL} | {code: f"\\u{code:04x}" for code in DIRECTION}
ONE_LINE = HARMLESS | {ord("\n"): " ", ord("\t"): " ", ord("\r"): " "}
LINES = HARMLESS | {ord("\n"): "\n", ord("\t"): "    ", ord("\r"): ""}
LEAST_USD = 0.0001
"""That is shown; what a small model says can cost less."""
GAP = 2
"""Blanks between the columns of a table."""
APPROVALS = {
    "typed": "by one person, who types the object's name",
    "two": "by two different persons",
    "two_typed": "by two different persons, each of whom types the object's name",
}
TYPED = ("typed", "two_typed")
"""The approvals for which the object's name has to be typed."""
"""Who has to approve a decision, where it is more than one person's yes."""


def one_line(text: object) -> str:
    return str(text).translate(ONE_LINE).strip()


def several_lines(text: object) -> list[str]:
    return str(text).translate(LINES).rstrip().split("\n")


def pairs(mapping: Mapping[str, object]) -> str:
    """`{"team": "home", "rack": "3 b"}` as `team=home rack='3 b'`: quoted where a value could be taken for more."""
    return " ".join(f"{name}={quoted(value)}" for name, value in mapping.items())


def quoted(value: object) -> str:
    text = str(value)
    return text if text and not any(letter.isspace() or letter in "='\"" for letter in text) else repr(text)


def notes_of(alert: AlertShape) -> dict[str, str]:
    """The annotations that have no place of their own: how to tune what was found here stands with the commands."""
    placed = [
        "outlook",
        *(["tune"] if alert.case_id and alert.commands else []),
        *(["held back"] if alert.not_told else []),
    ]
    return {name: text for name, text in alert.annotations.items() if name not in placed}


def call_text(call: ActionCallShape) -> str:
    """An action with its parameters, spelled as the daemon spells it everywhere."""
    return one_line(" ".join([call.action, *(f"{name}={call.params[name]!r}" for name in sorted(call.params))]))


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def size(size_bytes: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size_bytes < 1024:
            return f"{size_bytes:.0f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.1f} TiB"


def money(cost_usd: float) -> str:
    """Empty for nothing."""
    if 0 < cost_usd < LEAST_USD:
        return f"< {LEAST_USD} USD"
    return f"{cost_usd:.4f} USD" if cost_usd else ""


def width(text: str) -> int:
    """Columns that the text takes on a terminal."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def cut(text: str, columns: int) -> str:
    """The text in at most so many columns, `…` where something is missing."""
    if width(text) <= columns:
        return text
    while text and width(text) >= columns:
        text = text[:-1]
    return text.rstrip() + "…"


def aligned(rows: Iterable[Iterable[str]], paint: Callable[[str], str] = str) -> list[str]:
    """Rows of equal length as lines with straight columns; `paint` may colour a cell."""
    cells = [list(row) for row in rows]
    widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(
            paint(cell) + " " * (columns - width(cell)) for cell, columns in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]


def short_ids(ids: Iterable[str], least: int = 10) -> dict[str, str]:
    """Each id with as much of its beginning as tells all of them apart. Ids begin with their time in `least` letters:
    the daemon seldom has another that begins the same."""
    known = sorted(set(ids))
    length = max([least, *(common_length(one, other) + 1 for one, other in itertools.pairwise(known))])
    return {id_: id_[:length] for id_ in known}


def common_length(one: str, other: str) -> int:
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))

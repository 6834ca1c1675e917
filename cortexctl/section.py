"""A screen made of sections: what counts least gives way where there is little room."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cortexctl.text import cut, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cortexctl.output import Paint

COLOUR = re.compile(r"(\x1b\[[\d;]*m)")
INDENT = "  "


class Typed(str):
    """A line to be typed: it may be broken by the terminal, but never cut."""

    __slots__ = ()


class Section:
    """`items` are the lines of each, what counts most first; `more` of them are not shown, but by `command`. At `least`
    so many are kept, however little room there is."""

    def __init__(self, title: str, items: list[list[str]], more: int = 0, command: str = "", *, least: int = 1) -> None:
        self.title, self.items, self.more, self.command, self.least = title, items, more, command, least

    def give_way(self) -> bool:
        """One item less, where it has one to spare."""
        if not self.command or len(self.items) <= self.least:
            return False
        self.items.pop()
        self.more += 1
        return True

    def lines(self, paint: Paint) -> list[str]:
        if not self.items:
            return [f"{paint(self.title, 'bold')}: {self.more}, {self.command}"] if self.more else []
        more = f", and {self.more} more: {self.command}" if self.more else ""
        return [f"{paint(self.title, 'bold')}{more}", *(indented(line) for item in self.items for line in item)]


def indented(line: str) -> str:
    return type(line)(f"{INDENT}{line}") if line else line


def arranged(
    head: Sequence[str],
    sections: Sequence[Section],
    paint: Paint,
    columns: int | None,
    rows: int | None,
    order: Sequence[str],
) -> list[str]:
    """The sections below the head. On a terminal no line but a typed one is longer than it is wide, and the screen no
    longer than it is high, as far as that goes: blank lines give way first, then items in the `order` of the titles."""
    lines = clipped(blank_between(head, sections, paint), columns)
    if rows is None or height(lines, columns) <= rows:
        return lines
    by_title = {section.title: section for section in sections}
    givers = [by_title[title] for title in order if title in by_title]
    while height(lines := clipped(joined(head, sections, paint), columns), columns) > rows:
        if not any(section.give_way() for section in givers):
            break
    return lines


def blank_between(head: Sequence[str], sections: Sequence[Section], paint: Paint) -> list[str]:
    shown = [lines for section in sections if (lines := section.lines(paint))]
    return [*head, *(line for lines in shown for line in ("", *lines))]


def joined(head: Sequence[str], sections: Sequence[Section], paint: Paint) -> list[str]:
    return [*head, *(line for section in sections for line in section.lines(paint))]


def height(lines: Sequence[str], columns: int | None) -> int:
    """Rows of the terminal."""
    return sum(max(-(-shown_width(line) // columns), 1) if columns else 1 for line in lines)


def clipped(lines: Sequence[str], columns: int | None) -> list[str]:
    return [clip(line, columns) if columns and not isinstance(line, Typed) else line for line in lines]


def shown_width(line: str) -> int:
    return width(COLOUR.sub("", line))


def clip(line: str, columns: int) -> str:
    """What takes no room, the colours, is kept."""
    if shown_width(line) <= columns:
        return line
    pieces, room = [], columns
    for piece in COLOUR.split(line):
        if COLOUR.fullmatch(piece):
            pieces.append(piece)
        elif piece and room:
            pieces.append(cut(piece, room) if width(piece) >= room else piece)
            room = max(room - width(piece), 0)
    return "".join(pieces)

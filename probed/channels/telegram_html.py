"""A card as one Telegram message: HTML that always parses, never longer than Telegram takes.

Markup spans whole lines only, so that cutting between lines cannot break a tag. Telegram's limits hold for the text
after its entities are parsed; it is measured in UTF-16 code units, which are never fewer than characters.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from probed.channels.message_template import DEFAULT, MessageTemplate
from probed.core import phrases
from probed.core.card import Card, CardKind
from probed.core.phrases import say

MAX_UNITS = 4096
MAX_ENTITIES = 90
"""Telegram takes 100 and adds some by itself, for links and hashtags."""
MAX_LINE_UNITS = 1000
MAX_COMMANDS_UNITS = 1500
MAX_HOST_UNITS = 200
MAX_HEAD_UNITS = 600
ROOM_FOR_MORE_UNITS = 60
SYMBOLS = {"critical": "\U0001f534", "warning": "\U0001f7e0", "info": "\U0001f535", "resolved": "\U0001f7e2"}
OTHER_SYMBOL = "\u26aa"
REPLACED = str.maketrans(
    {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t"}
    | {"\t": "    ", "\x7f": "\u2421"}
    | dict.fromkeys((*range(0x80, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A)), "\ufffd")
)
"""Control characters become visible; those that turn the direction of writing could make a text say something else."""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    tag: str = ""

    @property
    def units(self) -> int:
        """With the line break that follows it."""
        return units(self.text) + 1

    @property
    def html(self) -> str:
        escaped = html.escape(self.text, quote=False)
        return f"<{self.tag}>{escaped}</{self.tag}>" if self.tag and self.text.strip() else escaped


@dataclass(frozen=True, slots=True)
class Placed:
    line: Line
    is_command: bool = False
    """It is kept when the message is cut."""


@dataclass(frozen=True, slots=True)
class Page:
    html: str
    plain: str
    """The same text without markup."""
    attachment: str = ""
    """The card's whole text where the message could not take all of it."""


def render(card: Card, message_id: str, *, repeated: bool, template: MessageTemplate = DEFAULT) -> Page:
    """The first line tells messages apart, whatever has to be left out below."""
    whole = list(_laid_out(card, _words(card, message_id, repeated=repeated), template))
    lines = [placed.line for placed in whole]
    if _size(lines) <= MAX_UNITS:
        return _page(lines, "")
    head = [Line(next(wrapped(lines[0].text, MAX_HEAD_UNITS)), lines[0].tag)]
    body = [placed.line for placed in whole[1:] if not placed.is_command]
    commands = [placed.line for placed in whole[1:] if placed.is_command]
    if _size(commands) > MAX_COMMANDS_UNITS:
        body, commands = [*body, *commands], []
    body = _cut(body)
    kept = _fitting(body, MAX_UNITS - _size(head) - _size(commands) - ROOM_FOR_MORE_UNITS)
    more = Line(say("… {count} more lines in the attached file", count=len(body) - len(kept)))
    return _page([*head, *kept, more, *commands], "\n".join(line.text for line in lines))


def headline(card: Card, message_id: str, *, repeated: bool) -> str:
    return _words(card, message_id, repeated=repeated)["headline"]


def _words(card: Card, message_id: str, *, repeated: bool) -> Mapping[str, str]:
    """What a template can say."""
    host = next(wrapped(_one_line(card.host), MAX_HOST_UNITS), "")
    weight = _one_line(card.severity) or card.kind.replace("_", " ")
    symbol = SYMBOLS.get(weight, OTHER_SYMBOL)
    weight = phrases.word(weight)[:MAX_HOST_UNITS]
    kind = [say("decision")] if card.kind is CardKind.DECISION and card.severity else []
    mark = f"#{_one_line(message_id)[-6:]}" + (f" ({say('repeated')})" if repeated else "")
    whole = f"{symbol} " + " · ".join([host, weight, *kind, mark])
    return {
        "headline": (host or str(card.kind)) if card.kind is CardKind.ANSWER else whole,
        "symbol": symbol,
        "host": host,
        "severity": weight,
        "kind": phrases.word(card.kind.replace("_", " ")),
        "mark": mark,
        "title": clean(card.title),
    }


def clean(text: str) -> str:
    """Text that Telegram takes, of any text: no half surrogate pairs, no control characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\r\n", "\n").translate(REPLACED)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def wrapped(text: str, limit: int) -> Iterator[str]:
    """Pieces of at most `limit` units."""
    while len(text) > limit or units(text) > limit:
        piece = text[:limit]
        while units(piece) > limit:
            piece = piece[: -max(1, (units(piece) - limit) // 2)]
        yield piece
        text = text[len(piece) :]
    yield text


def _laid_out(card: Card, words: Mapping[str, str], template: MessageTemplate) -> Iterator[Placed]:
    """Whole lines, however long."""
    for place in template.lines:
        if place.block == "sections":
            yield from (Placed(line) for line in _sections(card))
        elif place.block == "commands":
            yield from (Placed(Line("")) for _ in card.commands[:1])
            yield from (Placed(line, is_command=True) for line in _lines(card.commands, "code"))
        else:
            yield from (Placed(Line(text, place.tag)) for text in place.filled(words))


def _sections(card: Card) -> Iterator[Line]:
    for section in card.sections:
        yield Line("")
        yield from _lines([section.title] if section.title else [], "b")
        yield from _lines(section.lines, "")


def _lines(texts: Iterable[str], tag: str) -> Iterator[Line]:
    for text in texts:
        yield from (Line(line, tag) for line in clean(text).split("\n"))


def _cut(lines: Iterable[Line]) -> list[Line]:
    return [Line(piece, line.tag) for line in lines for piece in wrapped(line.text, MAX_LINE_UNITS)]


def _one_line(text: str) -> str:
    return clean(text).replace("\n", " ").strip()


def _size(lines: Iterable[Line]) -> int:
    return sum(line.units for line in lines)


def _fitting(lines: Sequence[Line], room: int) -> Sequence[Line]:
    for number, line in enumerate(lines):
        room -= line.units
        if room < 0:
            return lines[:number]
    return lines


def _page(lines: Sequence[Line], attachment: str) -> Page:
    """Where there are too many entities, the first line keeps its markup, then the commands (a touch copies them)."""
    tagged = [number for number, line in enumerate(lines) if line.tag]
    tagged.sort(key=lambda number: (number > 0, lines[number].tag != "code"))
    bare = set(tagged[MAX_ENTITIES:])
    return Page(
        html="\n".join(Line(line.text).html if number in bare else line.html for number, line in enumerate(lines)),
        plain="\n".join(line.text for line in lines),
        attachment=attachment,
    )

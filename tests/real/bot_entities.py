"""Telegram's HTML markup, parsed as the Bot API server does (td/telegram/MessageEntity.cpp, parse_html), errors' words
included; written from that source and not from our renderer, which it judges."""

from __future__ import annotations

import re
from dataclasses import dataclass

TAGS = {
    "a": "text_link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "u": "underline",
    "ins": "underline",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-zA-Z]+));?")
START = re.compile(r"<([^\s>]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
END = re.compile(r"</([^\s>]*)\s*>")
ATTRIBUTE = re.compile(r"\s*([^\s=]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[\w.-]+)")


class BadMarkup(Exception):
    """The description after "can't parse entities: "."""


@dataclass(frozen=True)
class Entity:
    type: str
    offset: int
    """In UTF-16 code units, as is the length."""
    length: int


@dataclass(frozen=True)
class _Open:
    tag: str
    offset: int


def parse_html(markup: str) -> tuple[str, list[Entity]]:
    """The text and its entities. Raises BadMarkup."""
    text, entities, open_tags, place = "", list[Entity](), list[_Open](), 0
    while place < len(markup):
        if markup[place] == "<" and markup[place + 1 : place + 2] == "/":
            place = _end(markup, place, text, open_tags, entities)
        elif markup[place] == "<":
            place = _start(markup, place, text, open_tags)
        else:
            character, place = _character(markup, place)
            text += character
    if open_tags:
        raise BadMarkup(f"Can't find end tag corresponding to start tag {open_tags[-1].tag}")
    return text, sorted(entities, key=lambda entity: (entity.offset, -entity.length))


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _character(markup: str, place: int) -> tuple[str, int]:
    reference = REFERENCE.match(markup, place) if markup[place] == "&" else None
    if reference:
        code = int(reference[1] or "0", 16) or int(reference[2] or "0")
        found = NAMED.get(reference[3] or "", "") or (chr(code) if 0 < code < 0x10FFFF else "")
        if found:
            return found, reference.end()
    return markup[place], place + 1


def _start(markup: str, place: int, text: str, open_tags: list[_Open]) -> int:
    at = _byte_offset(markup, place)
    match = START.match(markup, place)
    if not match:
        raise BadMarkup(f"Unclosed start tag at byte offset {at}")
    tag = match[1].lower()
    if tag not in TAGS:
        raise BadMarkup(f'Unsupported start tag "{tag}" at byte offset {at}')
    attributes = dict(ATTRIBUTE.findall(match[2]))
    if ATTRIBUTE.sub("", match[2]).strip():
        raise BadMarkup(f'Expected equal sign in declaration of an attribute of the tag "{tag}" at byte offset {at}')
    if tag == "span" and attributes.get("class", "").strip("\"'") != "tg-spoiler":
        raise BadMarkup(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
    open_tags.append(_Open(tag, units(text)))
    return match.end()


def _end(markup: str, place: int, text: str, open_tags: list[_Open], entities: list[Entity]) -> int:
    at = _byte_offset(markup, place)
    if not open_tags:
        raise BadMarkup(f"Unexpected end tag at byte offset {at}")
    match = END.match(markup, place)
    if not match:
        raise BadMarkup(f"Unclosed end tag at byte offset {at}")
    opened, found = open_tags.pop(), match[1].lower()
    if found not in ("", opened.tag):
        raise BadMarkup(f'Unmatched end tag at byte offset {at}, expected "</{opened.tag}>", found "</{found}>"')
    if units(text) > opened.offset:
        entities.append(Entity(TAGS[opened.tag], opened.offset, units(text) - opened.offset))
    return match.end()


def _byte_offset(markup: str, place: int) -> int:
    return len(markup[:place].encode())

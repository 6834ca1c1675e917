"""How a message is laid out: lines of text with placeholders, which an operator can change. It is no code, and nothing
that is put in can become markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Template as Text

from probed.core.card import CardKind

TAGS = ("b", "i", "u", "s", "code")
BLOCKS = ("sections", "commands")
WORDS = ("headline", "symbol", "host", "severity", "kind", "mark", "title")
TAGGED = re.compile(rf"<({'|'.join(TAGS)})>(.*)</\1>", re.DOTALL)
MAX_LETTERS = 2000
DEFAULT_TEXT = "<b>$headline</b>\n<b>$title</b>\n$sections\n$commands"


class BadTemplate(Exception):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


@dataclass(frozen=True, slots=True)
class TemplateLine:
    text: str
    tag: str = ""
    block: str = ""
    """The block that stands here instead of text."""

    def filled(self, words: Mapping[str, str]) -> Iterator[str]:
        """The lines that it becomes: none where there is nothing to say."""
        text = Text(self.text).substitute(words)
        if text.strip() or not Text(self.text).get_identifiers():
            yield from text.split("\n")


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    lines: tuple[TemplateLine, ...]


def parse_template(text: str, kind: CardKind | None = None) -> MessageTemplate:
    """Raises BadTemplate."""
    if len(text) > MAX_LETTERS:
        raise BadTemplate(0, f"a template has at most {MAX_LETTERS} letters")
    lines = tuple(_line(number, line) for number, line in enumerate(text.rstrip("\n").split("\n"), 1))
    _check(lines, kind)
    return MessageTemplate(lines)


def _line(number: int, line: str) -> TemplateLine:
    found = TAGGED.fullmatch(line.strip())
    tag, text = (found[1], found[2]) if found else ("", line)
    if re.search(r"</?[A-Za-z]", text):
        raise BadTemplate(number, f"a tag goes around a whole line, and is one of {', '.join(TAGS)}")
    if not Text(text).is_valid():
        raise BadTemplate(number, "a $ begins a placeholder; a dollar by itself is written $$")
    names = Text(text).get_identifiers()
    for name in names:
        if name not in (*WORDS, *BLOCKS):
            known = ", ".join(f"${each}" for each in (*WORDS, *BLOCKS))
            raise BadTemplate(number, f"there is no ${name}; there are {known}")
        if name in BLOCKS and (text.strip() not in (f"${name}", f"${{{name}}}") or tag):
            raise BadTemplate(number, f"${name} is many lines: it stands on a line of its own, without a tag")
    return TemplateLine(text, tag, names[0] if names and names[0] in BLOCKS else "")


def _check(lines: Sequence[TemplateLine], kind: CardKind | None) -> None:
    first = Text(lines[0].text).get_identifiers()
    everything = [name for line in lines for name in Text(line.text).get_identifiers()]
    if kind is not CardKind.ANSWER and not {"headline", "mark"} & set(first):
        raise BadTemplate(1, "the first line holds $headline or $mark, which tells repeated messages apart")
    for name in BLOCKS:
        if everything.count(name) > 1:
            raise BadTemplate(0, f"${name} stands there more than once")
    if "title" not in everything:
        raise BadTemplate(0, "it does not say the $title")


DEFAULT = parse_template(DEFAULT_TEXT)

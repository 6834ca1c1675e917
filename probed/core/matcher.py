"""Matchers over labels, in Alertmanager's syntax: `severity="critical"`, `team!=web`, `host=~"db.*"`, `env!~dev|test`.

Source: prometheus/alertmanager, pkg/labels. A missing label matches as an empty one; a pattern covers the whole value.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from probed.core.regex import Regex, compile_regex

LONGEST = 4096
"""Characters of one text with matchers."""
KNOWN_REGEXES = 1024
# Names as Prometheus has had them always, or any text in double quotes.
MATCHER = re.compile(
    r'\s*+(?:(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*+)|"(?P<quoted>(?:[^"\\]|\\.)++)")'
    r"\s*+(?P<op>=~|!=|!~|=)\s*+(?P<value>.*)",
    re.DOTALL,
)
BARE_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*+")
UNESCAPED = {"n": "\n", '"': '"', "\\": "\\"}


class MatchOp(enum.StrEnum):
    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"

    @property
    def is_regex(self) -> bool:
        return self in (MatchOp.REGEX, MatchOp.NOT_REGEX)

    @property
    def is_equal(self) -> bool:
        """Whether the value has to fit, rather than not to fit."""
        return self in (MatchOp.EQUAL, MatchOp.REGEX)


@dataclass(frozen=True, slots=True)
class Matcher:
    name: str
    op: MatchOp
    value: str

    def __post_init__(self) -> None:
        """Raises ValueError where the pattern is none."""
        if self.op.is_regex:
            regex_of(self.value)

    def matches(self, labels: Mapping[str, str]) -> bool:
        value = labels.get(self.name, "")
        fits = regex_of(self.value).covers(value) if self.op.is_regex else value == self.value
        return fits is self.op.is_equal

    def __str__(self) -> str:
        """As Alertmanager prints it; what `parse_matchers` reads back."""
        name = self.name if BARE_NAME.fullmatch(self.name) else f'"{escaped(self.name)}"'
        return f'{name}{self.op}"{escaped(self.value)}"'


def matches_all(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    return all(matcher.matches(labels) for matcher in matchers)


def matchers_text(matchers: Iterable[Matcher]) -> str:
    return "{" + ",".join(map(str, matchers)) + "}"


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """`a="b",c=~"d"`, with or without braces around it. Raises ValueError."""
    if len(text) > LONGEST:
        raise ValueError(f"matchers have {LONGEST} characters at most")
    inner = text.strip().removeprefix("{").removesuffix("}")
    return tuple(_parse_matcher(piece) for piece in _pieces(inner) if piece.strip())


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


@lru_cache(KNOWN_REGEXES)
def regex_of(pattern: str) -> Regex:
    return compile_regex(pattern)


def _pieces(text: str) -> list[str]:
    """Between the commas that no quotes enclose."""
    pieces, begin, quoted, skip = [], 0, False, False
    for index, character in enumerate(text):
        if skip:
            skip = False
        elif character == "\\":
            skip = True
        elif character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            pieces.append(text[begin:index])
            begin = index + 1
    return [*pieces, text[begin:]]


def _parse_matcher(text: str) -> Matcher:
    found = MATCHER.fullmatch(text)
    if not found:
        raise ValueError(f'{_shown(text)} is no matcher; write it like severity="critical" or host=~"db.*"')
    name = found["name"] or _unescaped(found["quoted"])
    try:
        return Matcher(name, MatchOp(found["op"]), _value(found["value"].strip()))
    except ValueError as error:
        raise ValueError(f"{_shown(text)}: {error}") from error


def _value(text: str) -> str:
    if not text.startswith('"'):
        if '"' in text.replace("\\\\", "").replace('\\"', ""):
            raise ValueError('there is a double quote inside of the value; write it as \\"')
        return _unescaped(text)
    if not re.fullmatch(r'"(?:[^"\\]|\\.)*+"', text, re.DOTALL):
        raise ValueError("the value's double quotes do not end where it does")
    return _unescaped(text[1:-1])


def _unescaped(text: str) -> str:
    """A backslash before any other character stands for itself."""
    return re.sub(r"\\(.)", lambda found: UNESCAPED.get(found[1], found[0]), text, flags=re.DOTALL)


def _shown(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) <= 80 else text[:79] + "…")

"""Text from the host that is written for a model: it gives orders, poses as the system or as a tool, or hides itself.

The patterns are about the form of such a text, in the languages that it comes in, and want several marks at once: a
finding of this kind has to be worth a look. What they do not know is held all the same, by what a model can do at all.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from probed.core.injection_kinds import KINDS

CHECK = "injection_attempt"
"""Under this name it is found."""
LONGEST = 65_536
"""Characters of one text that are looked at."""
SHORTEST, SHORTEST_CODED, LONGEST_CODED = 16, 32, 4096
LONGEST_REMEMBERED = 300
LONGEST_EXCERPT = 160
AROUND = 40
"""Characters shown before what was found."""
MOST_CODED = 8
"""Pieces of one text that are decoded."""


@dataclass(frozen=True, slots=True)
class Injection:
    source: str
    """Where the text comes from."""
    kind: str
    excerpt: str
    """Readable, and no order any more."""


HIDDEN = re.compile(
    "(?<![\U0001f3f4\U000e0020-\U000e007e])[\U000e0020-\U000e007e]{4}|[\u202d\u202e]|(?:[A-Za-z][\u200b-\u200d\u2060\ufeff\u00ad]{1,4}){3}"
)
"""Letters that nobody sees, text that runs the other way, words with nothing between their letters. (Flags of parts of
a country are written so, too.)"""
INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")
TAGS = {0xE0000 + code: code for code in range(0x20, 0x7F)}
LOOKALIKES = str.maketrans("аеорсухіјѕԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαονρ", "aeopcyxijsdhqwABEZHIKMNOPTYXaovp")
"""Cyrillic and Greek letters that look like Latin ones."""
MIXED = re.compile(r"[a-z][\u0370-\u04ff\u0500-\u052f]|[\u0370-\u04ff\u0500-\u052f][a-z]", re.IGNORECASE)
CODED = re.compile(r"(?<![A-Za-z0-9+/_-])(?:[A-Za-z0-9+/]{32,}+|[A-Za-z0-9_-]{32,}+)={0,2}(?![A-Za-z0-9+/_-])")
ESCAPED = re.compile(r"(?:%20|\+)[A-Za-z]{2,20}(?:%20|\+)[A-Za-z]{2,20}(?:%20|\+)")
WORD = re.compile("[a-z]+")
FIRST_WORDS = frozenset[str]().union(*(kind.words[0] for kind in KINDS if kind.words))
SIGNS = re.compile("|".join(sorted({re.escape(sign) for kind in KINDS for sign in kind.signs}, key=len)))
"""Where none of them is, which is nearly everywhere, no kind is tried."""
BROKEN = re.compile(r"[A-Za-z0-9]{3}(?=[^·])|[^\x00-\x7f·](?=[^·])")
SPACES = re.compile(r"[^\S\n]+")


def injection_in(text: str, source: str = "") -> Injection | None:
    """The first one; None in nearly every text, which costs next to nothing then."""
    if len(text) < SHORTEST and text.isascii():
        return None
    found = _remembered(text) if len(text) <= LONGEST_REMEMBERED else _found(text[:LONGEST])
    return Injection(source, *found) if found else None


def injections_in(texts: Iterable[tuple[str, str]]) -> tuple[Injection, ...]:
    """The first one of each source. `texts`: with their sources."""
    found: dict[str, Injection] = {}
    for source, text in texts:
        if source not in found and (injection := injection_in(text, source)):
            found[source] = injection
    return tuple(found.values())


def place_of(source: str) -> str:
    """The check, or the probe, that brought the text up: the first word of the source."""
    return source.partition(" ")[0]


def texts_within(value: object) -> Iterator[str]:
    """All texts of what JSON holds, with the names of its fields."""
    match value:
        case str():
            yield value
        case Mapping():
            for name, each in value.items():
                yield str(name)
                yield from texts_within(each)
        case list() | tuple():
            for each in value:
                yield from texts_within(each)


def _found(text: str) -> tuple[str, str] | None:
    """Its kind and the excerpt."""
    is_ascii = text.isascii()
    if not is_ascii and (hidden := HIDDEN.search(text)):
        return "hides itself from people", _excerpt(_plain(text), len(_plain(text[: hidden.start()])))
    for form in _forms(text, is_ascii=is_ascii):
        if found := _kind_in(form):
            kind, begin = found
            return kind, _excerpt(form, begin)
    return None


_remembered = lru_cache(maxsize=512)(_found)
"""Most texts of a host are as they were at the last look."""


def _forms(text: str, *, is_ascii: bool) -> Iterator[str]:
    """The text as it is read, and what is packed in it."""
    plain = text if is_ascii else _plain(text)
    plain = SPACES.sub(" ", plain) if "  " in plain or "\t" in plain or "\r" in plain else plain
    yield plain
    if not is_ascii and MIXED.search(plain):
        yield plain.translate(LOOKALIKES)
    if ("%20" in plain or "+" in plain) and ESCAPED.search(plain):
        yield unquote(plain.replace("+", " "))
    if all(len(word) < SHORTEST_CODED for word in plain.split()):
        return
    for number, match in enumerate(CODED.finditer(plain)):
        if number == MOST_CODED:
            return
        if decoded := _decoded(match[0][:LONGEST_CODED]):
            yield decoded


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", text.translate(TAGS)))


def _decoded(coded: str) -> str:
    """Empty where it holds no text."""
    coded = coded.rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    try:
        text = base64.b64decode(coded + "=" * (-len(coded) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
    return text if text.count(" ") > 2 and text.isprintable() else ""


def _kind_in(text: str) -> tuple[str, int] | None:
    lowered = text.lower()
    words = set(WORD.findall(lowered))
    if FIRST_WORDS.isdisjoint(words) and not SIGNS.search(lowered):
        return None
    for kind in KINDS:
        if kind.may_be_in(lowered, words) and (match := kind.pattern.search(lowered)):
            return kind.name, match.start()
    return None


def _excerpt(text: str, at: int) -> str:
    return broken(text[max(at - AROUND, 0) :])


def broken(text: str) -> str:
    """Its beginning, with dots in and between its words: read again, by a model or by this, it is no order."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST_EXCERPT])
    return BROKEN.sub(r"\g<0>·", "·".join(shown.split()))[:LONGEST_EXCERPT]

"""What an answer cites: evidence by its id in brackets, `[e3]` or `[e1, e4]`."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

CITATION = re.compile(r"\[(e\d{1,4}(?:\s?[,;]\s?e\d{1,4}){0,20})\]")
UNSUPPORTED = "no such evidence"


@dataclass(frozen=True, slots=True)
class Checked:
    text: str
    """What was cited and does not exist is marked: `[e9: no such evidence]`."""
    cited: tuple[str, ...]
    """In the order of the text, each once."""
    unsupported: tuple[str, ...]


def checked(text: str, known: Collection[str]) -> Checked:
    found = dict.fromkeys(name for match in CITATION.finditer(text) for name in _names(match))
    return Checked(
        CITATION.sub(lambda match: _marked(match, known), text),
        tuple(name for name in found if name in known),
        tuple(name for name in found if name not in known),
    )


def as_earlier(text: str) -> str:
    """The answer to an earlier question: its evidence is not at hand any more, and nothing new can cite it."""
    return CITATION.sub(lambda match: f"[earlier {match[1]}]", text)


def _marked(match: re.Match[str], known: Collection[str]) -> str:
    names = _names(match)
    if all(name in known for name in names):
        return match[0]
    return f"[{', '.join(name if name in known else f'{name}: {UNSUPPORTED}' for name in names)}]"


def _names(match: re.Match[str]) -> list[str]:
    return re.findall(r"e\d+", match[1])

"""Templates of documents.

Each begins with what it is for and, line by line, what it asks. Below `===` is the document, with `$name` where an
answer stands: between quotes in the front matter, or as `$name_words` for a list of its words.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

from probed.config.nearest import nearest
from probed.errors import ParameterError

FOLDER = Path(__file__).with_name("templates")
USUAL = {"schedule": "every 5m", "policy": "careful"}
LINE_ENDS = str.maketrans({"\x85": r"\N", "\u2028": r"\L", "\u2029": r"\P"})
FRONT = re.compile(r"(---\n.*?\n---\n)(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DocumentTemplate:
    name: str
    about: str
    asks: Mapping[str, str]
    """What it asks by name, each with what it means."""
    text: str

    def filled(self, given: Mapping[str, str], answers: Mapping[str, str]) -> str:
        """`given`: what documents have, as far as somebody said it; `answers`: to what this one asks. Raises
        ParameterError."""
        for name in given:
            if f"${name}" not in self.text:
                raise ParameterError(f"--{name}", f"the template {self.name} has one of its own")
        for name in answers:
            if name not in self.asks:
                raise ParameterError(name, f"the template {self.name} does not ask for it; it asks {self._asked()}")
        for name, meaning in self.asks.items():
            if not answers.get(name):
                raise ParameterError(name, f"is missing: {meaning}; give it as --set {name}=…")
        values = {**USUAL, **given, **answers}
        front, body = FRONT.fullmatch(self.text).groups()  # type: ignore[union-attr]  # ours: tested
        return Template(front).substitute(_in_front(front, values)) + Template(body).substitute(_in_prose(values))

    def _asked(self) -> str:
        return ", ".join(self.asks) or "nothing"


def templates() -> Mapping[str, DocumentTemplate]:
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.md"))}


def template(name: str) -> DocumentTemplate:
    """Raises ParameterError."""
    known = templates()
    if name not in known:
        raise ParameterError("--template", f"there is no template {name!r}; {nearest(name, known)}")
    return known[name]


def _read(path: Path) -> DocumentTemplate:
    head, _, text = path.read_text().partition("===\n")
    about, *asked = head.splitlines()
    asks = {name: meaning for name, _, meaning in (line.partition(": ") for line in asked)}
    return DocumentTemplate(path.stem, about, asks, text)


def _in_front(front: str, values: Mapping[str, str]) -> dict[str, str]:
    """Whatever is given stays a text of its own: it can add no key."""
    quoted = {name: _quoted(value)[1:-1] for name, value in values.items()}
    wanted = [name for name in values if f"${name}_words" in front]
    return quoted | {f"{name}_words": _words(name, values[name]) for name in wanted}


def _quoted(value: str | list[str]) -> str:
    """JSON that is YAML, too: it knows more characters that end a line."""
    return json.dumps(value, ensure_ascii=False).translate(LINE_ENDS)


def _words(name: str, value: str) -> str:
    try:
        return _quoted(shlex.split(value))
    except ValueError as error:
        raise ParameterError(name, f"{value!r} cannot be told into words: {error}") from error


def _in_prose(values: Mapping[str, str]) -> dict[str, str]:
    return {name: " ".join(value.split()) for name, value in values.items()}

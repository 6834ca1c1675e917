"""What fits where the cursor stands: `cortexctl __complete`, which the shells call at each Tab.

The commands and options stand in `grammar.json`, made from the code by `python -m manual.man`: Typer takes several
times as long to load as Python. Ids and names come from the daemon; where it is away, none come.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

FILES = "<files>"
"""Stands for what the shell knows itself."""
LIST = "list"

Fit = tuple[str, str]
"""A word, and what it is; of an id from the daemon the words of its item."""


@dataclass(slots=True)
class Place:
    """Where the words before the cursor lead."""

    node: dict[str, Any]
    anywhere: dict[str, Any] = field(default_factory=dict)
    """The options that fit behind a command, too."""
    pending: str = ""
    """The option whose value is typed now."""
    count: int = 0
    """Arguments that are there already."""
    options_over: bool = False
    """Behind `--`."""
    socket: str | None = None

    def take(self, word: str) -> None:
        if self.pending:
            self.socket = word if self.pending == "--socket" else self.socket
            self.pending = ""
        elif word == "--" and not self.options_over:
            self.options_over = True
        elif word.startswith("-") and not self.options_over:
            name, has_value, value = word.partition("=")
            self.socket = value if name == "--socket" and has_value else self.socket
            self.pending = name if not has_value and self.options().get(name, {}).get("offers") is not None else ""
        elif word in self.node.get("commands", ()) and not self.count:
            self.anywhere = {**self.node.get("options", {}), **self.anywhere}
            self.anywhere.pop("--socket", None)
            self.node = self.node["commands"][word]
        else:
            self.count += 1

    def options(self) -> dict[str, Any]:
        """A bare noun means its list."""
        meant = self.node.get("commands", {}).get(LIST, self.node)
        return {**meant.get("options", {}), **self.anywhere}

    def fits(self, incomplete: str) -> Iterator[Fit]:
        name, has_value, _ = incomplete.partition("=")
        if self.pending:
            yield from self._offered(self.options()[self.pending]["offers"])
        elif incomplete.startswith("-") and has_value and not self.options_over:
            offers = self.options().get(name, {}).get("offers") or ()
            yield from ((f"{name}={word}", about) for word, about in self._offered(offers))
        elif incomplete.startswith("-") and not self.options_over:
            yield from ((name, option["help"]) for name, option in self.options().items() if name[:2] == "--")
        elif "commands" in self.node:
            yield from ((name, below["help"]) for name, below in self.node["commands"].items())
        else:
            arguments = self.node.get("arguments", [])
            last = len(arguments) - 1
            at = min(self.count, last) if self.node.get("goes_on") else self.count
            yield from self._offered(arguments[at] if 0 <= at <= last else ())

    def _offered(self, offers: Sequence[str]) -> Iterator[Fit]:
        from cortexctl.completion.offers import offered

        for word in offers:
            if word.startswith("<") and word != FILES:
                yield from offered(word.strip("<>"), self.socket)
            else:
                yield word, ""


def fitting(words: Sequence[str], incomplete: str) -> list[Fit]:
    with open(os.path.join(os.path.dirname(__file__), "grammar.json"), encoding="utf-8") as file:
        place = Place(json.load(file))
    for word in words:
        place.take(word)
    return [fit for fit in place.fits(incomplete) if fit[0].startswith(incomplete) or fit[0] == FILES]


def main(arguments: Sequence[str]) -> int:
    """`bash LINE POINT WORD`, or for zsh and fish the words of the line, the one under the cursor last."""
    from cortexctl.completion.shells import bash, others

    shell, *given = arguments
    lines = bash(*given) if shell == "bash" else others(given)
    print("\n".join(lines), end="\n" if lines else "")
    return 0

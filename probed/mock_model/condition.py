"""When an answer of a script counts."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field

from probed.mock_model.request import Request


@dataclass(frozen=True, slots=True)
class Condition:
    """All that is asked for has to hold; nothing holds always."""

    turn: int | None = None
    """Of the conversation, from 1."""
    text: re.Pattern[str] | None = None
    """Found in whatever was said."""
    result: re.Pattern[str] | None = None
    """Found in what the tools that were called last answered."""
    offers: str = ""
    """This tool can be called."""
    model: str = ""
    times: Times | None = None

    def words(self, request: Request) -> dict[str, str] | None:
        """What its patterns found, by the names and numbers of their groups; None where it does not hold."""
        if self.turn not in (None, request.turn) or (self.model and self.model != request.body["model"]):
            return None
        if self.offers and not request.offers(self.offers):
            return None
        found = dict[str, str]()
        for pattern, said in ((self.text, request.text), (self.result, request.latest)):
            if pattern is not None:
                match = pattern.search(said)
                if match is None:
                    return None
                found |= _groups(match)
        return found if self.times is None or self.times.take() else None


@dataclass(slots=True)
class Times:
    """So often over the server's life, and then no more."""

    left: int
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self) -> bool:
        with self._lock:
            self.left -= 1
            return self.left >= 0


def _groups(match: re.Match[str]) -> dict[str, str]:
    numbered = {str(place): found for place, found in enumerate(match.groups(""), 1)}
    return {"0": match[0], **numbered, **match.groupdict("")}

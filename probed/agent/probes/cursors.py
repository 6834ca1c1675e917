"""What may be paged on in one investigation.

A cursor is only a name that an answer gave: it leads to the very rows that its question found and did not show, or to
the place where its look ended, and to nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from probed.agent.probes.table import Table
from probed.errors import ParameterError

CURSOR = "cursor"
SCHEMA: Mapping[str, object] = {
    "type": "string",
    "maxLength": 40,
    "default": "",
    "description": "`next` of an earlier answer of this probe: what comes after it. Nothing else need be given then",
}
OUTLINE: Mapping[str, object] = {"type": "string", "description": "`next` of an earlier answer"}
MOST = 12
"""Answers that can be paged on from at once; the oldest is forgotten first."""


@dataclass(frozen=True, slots=True)
class GoingOn:
    probe: str
    arguments: Mapping[str, object]
    """Of the question that it began with, with those that were left out."""
    rest: Table


class Cursors:
    def __init__(self) -> None:
        self._kept: dict[str, GoingOn] = {}

    def keep(self, cursor: str, going_on: GoingOn) -> None:
        self._kept[cursor] = going_on
        while len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]

    def find(self, probe: str, arguments: Mapping[str, object]) -> GoingOn:
        """May be asked for again. Raises ParameterError."""
        cursor = arguments[CURSOR]
        kept = self._kept.get(cursor) if isinstance(cursor, str) else None
        if kept is None:
            raise ParameterError(CURSOR, "leads nowhere (any more): ask again without it")
        if kept.probe != probe:
            raise ParameterError(CURSOR, f"belongs to an answer of the probe {kept.probe}")
        for name, value in arguments.items():
            if name != CURSOR and (name not in kept.arguments or kept.arguments[name] != value):
                raise ParameterError(name, "was otherwise in the question that the cursor goes on with: leave it out")
        return kept

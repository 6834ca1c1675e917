"""The inspections that are in force, with their checks bound; replaced as a whole on a reload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from probed.core.inspection import BrokenDocument, Inspection
from probed.errors import NotFound
from probed.ports import Check


@dataclass(frozen=True, slots=True)
class Entry:
    inspection: Inspection
    checks: Sequence[Check]


@dataclass(slots=True)
class Catalogue:
    entries: Mapping[str, Entry] = field(default_factory=dict)
    broken: Sequence[BrokenDocument] = ()

    def get(self, inspection_id: str) -> Entry:
        entry = self.entries.get(inspection_id)
        if entry is None:
            raise NotFound(f"there is no inspection {inspection_id!r}")
        return entry

    def document(self, source: str) -> Inspection | None:
        """The document behind a source; None for a program that submits its reports."""
        entry = self.entries.get(source)
        return entry.inspection if entry else None

    def inspections(self) -> list[Inspection]:
        return [entry.inspection for entry in self.entries.values()]

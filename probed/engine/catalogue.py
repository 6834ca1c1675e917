"""The inspections that are in force, with their checks bound."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from probed.core.case import Case
from probed.core.injection import CHECK
from probed.core.inspection import BrokenDocument, Inspection
from probed.core.phrases import phrase
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
            known = ", ".join(sorted(self.entries)) or "none"
            raise NotFound(
                phrase("there is no inspection {inspection}; there are: {known}", inspection=inspection_id, known=known)
            )
        return entry

    def document(self, source: str) -> Inspection | None:
        """The document behind a source; None for a program that submits its reports."""
        entry = self.entries.get(source)
        return entry.inspection if entry else None

    def tuning(self, case: Case) -> str:
        """What to type to re-tune just this; empty for what no document of this host brought up, or asks for."""
        document = None if case.check == CHECK else self.document(case.source)
        return f"$EDITOR {shlex.quote(document.path)}  # {case.check}" if document and document.path else ""

    def take_over(self, read: Catalogue) -> set[str]:
        """Bring what was read anew into force and return the ids that are gone. A document that cannot be used any more
        keeps its last good version."""
        unusable = {document.path for document in read.broken}
        kept = {name: entry for name, entry in self.entries.items() if entry.inspection.path in unusable}
        gone = self.entries.keys() - kept.keys() - read.entries.keys()
        self.entries, self.broken = {**kept, **read.entries}, read.broken
        return gone

    def keeps(self, document: BrokenDocument) -> bool:
        """Whether an earlier version of the document is in force."""
        return any(entry.inspection.path == document.path for entry in self.entries.values())

    def inspections(self) -> list[Inspection]:
        return [entry.inspection for entry in self.entries.values()]

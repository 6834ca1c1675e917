"""What the texts in a body may be, field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from probed.api.problems import Invalid

STEERING = r"\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
"""The control characters beyond ASCII, what begins a line, and what turns the direction of writing: with them a text
can show something else than it is."""
CONTROL = rf"\x00-\x1f{STEERING}"
CONTROL_IN_PROSE = rf"\x00-\x08\x0b\x0c\x0e-\x1f{STEERING}"


@dataclass(frozen=True, slots=True)
class Text:
    """Fewest and most characters. None is a control character or one that steers how others are shown, which would
    reach terminals; prose may have lines and tabs."""

    fewest: int
    most: int
    is_prose: bool = False

    @property
    def pattern(self) -> str:
        return f"^[^{CONTROL_IN_PROSE if self.is_prose else CONTROL}]*$"

    @property
    def schema(self) -> Mapping[str, Any]:
        return {"minLength": self.fewest, "maxLength": self.most, "pattern": self.pattern}

    def fault(self, text: str) -> str:
        """What is wrong with it; empty when nothing is."""
        if not self.fewest <= len(text) <= self.most:
            return f"must have {self.fewest} to {self.most} characters, not {len(text)}"
        return "" if re.fullmatch(self.pattern, text) else "must not hold characters that control how a text is shown"

    def tidied(self, text: str) -> str:
        """The text as it may be kept: for words whose whole is better told in part than refused."""
        clean = re.sub(f"[{CONTROL_IN_PROSE if self.is_prose else CONTROL}]", "\N{REPLACEMENT CHARACTER}", text)
        return clean if len(clean) <= self.most else clean[: self.most - 1] + "…"

    def check(self, field: str, text: str) -> None:
        """Raises Invalid."""
        if fault := self.fault(text):
            raise Invalid(field, fault)


WORD = Text(1, 128)
"""An id, or the name of a source."""
OBJECT = Text(1, 512)
CAUSE = Text(1, 1000, is_prose=True)
TEXTS: Mapping[str, Mapping[str, Text]] = {
    "SubmittedReport": {"source": WORD},
    "SubmittedFinding": {"check": WORD, "object": OBJECT},
    "ActionCallShape": {"action": WORD},
    "Approval": {"hash": Text(1, 64), "confirmation": Text(0, 1024)},
    "QuestionRequest": {"text": Text(1, 4000, is_prose=True), "session": WORD, "about": WORD},
    "ModeChoice": {"action": Text(0, 128)},
    "PinChoice": {"action": WORD, "object_kind": WORD},
    "RelearnRequest": {"check": Text(0, 128)},
    "ReplayRequest": {"document": Text(1, 262_144, is_prose=True), "model": WORD},
    "Resending": {"to": Text(0, 128)},
    "SilenceRequest": {"comment": Text(0, 500)},
    "AlertSilence": {"comment": Text(0, 500)},
    "WindowRequest": {"comment": Text(0, 500)},
    "Rejection": {"note": Text(0, 2000, is_prose=True)},
    "NewMemory": {"case": WORD, "cause": CAUSE, "advice": Text(0, 1000, is_prose=True)},
    "MemoryCorrection": {"cause": CAUSE, "advice": Text(0, 1000, is_prose=True)},
    "ProbeRequest": {"session": Text(0, 128)},
    "NewIntent": {"text": Text(1, 2000, is_prose=True), "subject": Text(0, 128)},
}
"""By the shape's name and the field's."""
REPORT_SUMMARY, FINDING_SUMMARY = Text(0, 4000, is_prose=True), Text(1, 2000, is_prose=True)
"""What a submitter says in prose is kept as far as it can be: a finding is never lost for its words."""


def check_texts(shape: object, place: str = "") -> None:
    """Raises Invalid for the first text of `shape` that is not as it has to be; `place` stands before the field."""
    for name, text in TEXTS[type(shape).__name__].items():
        value = getattr(shape, name)
        if value is not None:
            text.check(f"{place}{name}", value)

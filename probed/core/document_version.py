"""A version of an inspection's document, as it was in force from some moment on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    inspection: str
    hash: str
    """SHA-256 of the text; each run names the one that it worked by."""
    text: str
    first_at: datetime
    """When it came into force for the first time."""
    superseded_at: datetime | None = None
    """When another took its place, or the document was removed; None: it is in force."""

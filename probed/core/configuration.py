"""The configuration that a daemon works by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class InForce:
    path: str
    """Empty: there is no file, all are defaults."""
    since: datetime
    settings: Mapping[str, object]
    """All of them, by section, without secrets."""
    needs_restart: Sequence[str]
    """Sections that were read anew, and count from the next start on."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    inspections: int
    broken: Sequence[str]
    """Documents that cannot be used, with the reason."""
    retired: Sequence[str]
    """Inspections that are gone."""
    mode: str
    needs_restart: Sequence[str]

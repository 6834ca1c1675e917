"""The configuration in force, on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ConfigurationShape:
    path: str
    """Empty: there is no file, all are defaults."""
    since: str
    """When it was read."""
    settings: dict[str, Any]
    """All of them, by section, without secrets."""
    needs_restart: list[str]
    """Sections that were read anew, and count from the next start on."""


@dataclass(frozen=True, slots=True)
class ReloadedShape:
    inspections: int
    """How many are in force."""
    broken: list[str]
    """Documents that cannot be used, with the reason."""
    retired: list[str]
    """Inspections that are gone."""
    mode: str
    needs_restart: list[str]
    """Sections whose changes count from the next start on."""

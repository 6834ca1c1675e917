"""Inspections and the schedule on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class InspectionShape:
    id: str
    title: str
    schedule: str
    timeout_s: float
    checks: list[str]
    paused: bool
    next_at: str | None
    last_verdict: str | None
    last_run_id: str | None
    path: str
    document_hash: str
    runbook: str
    labels: dict[str, str]
    agent: dict[str, Any]
    policy: Literal["observe", "careful", "operator"]
    body: str


@dataclass(frozen=True, slots=True)
class VersionShape:
    """A document as it was in force from `first_at` on."""

    hash: str
    """Each run names the one that it worked by, as `document_hash`."""
    first_at: str
    superseded_at: str | None
    """Null: it is in force."""
    text: str


@dataclass(frozen=True, slots=True)
class VersionList:
    """The one in force first, then the latest."""

    items: list[VersionShape]


@dataclass(frozen=True, slots=True)
class RelearnRequest:
    """Body of POST /api/v1/inspections/{id}/relearn; without `check`, all of the inspection's checks."""

    check: str = ""


@dataclass(frozen=True, slots=True)
class RelearnShape:
    forgot: int
    """Checks that knew something, and take for normal what they see next."""


@dataclass(frozen=True, slots=True)
class BrokenShape:
    path: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class InspectionList:
    items: list[InspectionShape]
    broken: list[BrokenShape]


@dataclass(frozen=True, slots=True)
class PlannedShape:
    inspection: str
    schedule: str
    next_at: str | None
    paused: bool

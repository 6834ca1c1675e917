"""Backups of the monitor on the wire."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BackupShape:
    name: str
    taken_at: str
    stored_bytes: int
    """What its file takes."""
    content_bytes: int
    """What the database in it takes."""
    sha256: str
    """Of the database."""
    rows: dict[str, int]
    """By table."""
    took_s: float


@dataclass(frozen=True, slots=True)
class DrillShape:
    """A backup was unpacked and checked as a restore would do it."""

    name: str
    at: str
    took_s: float
    fault: str
    """Why it cannot be restored; empty: it can."""


@dataclass(frozen=True, slots=True)
class BackupsShape:
    items: list[BackupShape]
    """The newest first."""
    drill: DrillShape | None
    """The last one."""
    written_bytes: int = 0
    """So far, by a backup that is being taken or checked now; 0: none is."""

"""Modes and earned autonomy on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["observe", "earned", "act"]
Rung = Literal["observe", "dry_run", "ask", "automatic"]


@dataclass(frozen=True, slots=True)
class ModesShape:
    mode: Mode
    """What holds for every action that `actions` does not name."""
    configured: Mode
    chosen: Mode | None
    """By an operator; null: what is configured holds."""
    actions: dict[str, Mode]


@dataclass(frozen=True, slots=True)
class ModeChoice:
    """Body of POST /api/v1/mode. Without `action` it is for all that have none of their own; `mode` null takes back
    what an operator chose."""

    mode: Mode | None
    action: str = ""


@dataclass(frozen=True, slots=True)
class StandingShape:
    action: str
    object_kind: str
    rung: Rung
    """What it has earned."""
    pin: Rung | None
    """Where an operator has put it."""
    pinned_by: str
    rehearsals: int
    rehearsals_needed: int
    successes: int
    successes_needed: int
    succeeded: int
    failed: int
    lower_bound: float
    """Of its rate of success since the last failure, with 95 % confidence."""
    changed_at: str | None


@dataclass(frozen=True, slots=True)
class AutonomyShape:
    mode: Mode
    threshold: float
    standings: list[StandingShape]


@dataclass(frozen=True, slots=True)
class PinChoice:
    """Body of POST /api/v1/autonomy; `rung` null: it stands again on what it has earned."""

    action: str
    object_kind: str
    rung: Rung | None

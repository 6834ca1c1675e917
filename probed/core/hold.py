"""An alert that is not told for now, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Hold:
    alert_id: str
    reason: str
    since: datetime
    was_told: bool
    """That it fires was told before; then its end is told, too."""

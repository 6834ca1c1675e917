"""An alert that is not told for now, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Hold:
    alert_id: str
    reason: str
    """Empty: it was held back once; groups that are told later have to know that."""
    since: datetime

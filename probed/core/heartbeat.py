"""A sign of life to somebody outside, and for how long nobody answered it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Heartbeat:
    answered_at: datetime | None = None
    """The last time somebody did."""
    missing_s: float = 0.0
    """For how long nobody answered while the daemon asked; 0: the last sign was answered."""
    why: str = ""
    is_told: bool = False
    """The missing answer is an alert."""

    def is_missing(self, missing_after_s: float) -> bool:
        return self.missing_s >= missing_after_s

    def to_payload(self) -> dict[str, object]:
        return {
            "answered_at": self.answered_at.isoformat() if self.answered_at else None,
            "missing_s": self.missing_s,
            "why": self.why,
            "is_told": self.is_told,
        }

    @classmethod
    def from_payload(cls, payload: object) -> Heartbeat:
        """A new one where nothing usable is stored."""
        if not isinstance(payload, Mapping):
            return cls()
        answered_at, missing_s = payload.get("answered_at"), payload.get("missing_s")
        return cls(
            datetime.fromisoformat(answered_at) if isinstance(answered_at, str) else None,
            float(missing_s) if isinstance(missing_s, int | float) else 0.0,
            str(payload.get("why", "")),
            payload.get("is_told") is True,
        )


def answered(heartbeat: Heartbeat, now: datetime) -> Heartbeat:
    return replace(heartbeat, answered_at=now, missing_s=0.0, why="")


def missed(heartbeat: Heartbeat, why: str, passed_s: float) -> Heartbeat:
    """`passed_s`: since the sign before this one. Time in which the daemon did not ask does not count."""
    return replace(heartbeat, missing_s=heartbeat.missing_s + passed_s, why=why)

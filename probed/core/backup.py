"""Backups of the monitor: when one is due, which are kept, when they have become old."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Backup:
    name: str
    """Of the file in the folder of backups."""
    taken_at: datetime
    stored_bytes: int
    """What the file takes, compressed."""
    content_bytes: int
    """What the database takes that is in it."""
    sha256: str
    """Of the database."""
    rows: Mapping[str, int]
    """By table."""
    took_s: float


@dataclass(frozen=True, slots=True)
class Keep:
    """How many of the newest hours, days and weeks keep their last backup."""

    hours: int = 24
    days: int = 7
    weeks: int = 4


@dataclass(frozen=True, slots=True)
class Drill:
    """A backup was unpacked and read as a restore would do it."""

    name: str
    at: datetime
    took_s: float
    fault: str = ""
    """Why it cannot be restored; empty: it can."""

    def to_payload(self) -> dict[str, object]:
        return {"name": self.name, "at": self.at.isoformat(), "took_s": self.took_s, "fault": self.fault}

    @classmethod
    def from_payload(cls, payload: object) -> Drill | None:
        """None where nothing usable is stored."""
        if not isinstance(payload, Mapping):
            return None
        try:
            at, took_s = datetime.fromisoformat(str(payload["at"])), float(payload["took_s"])
            return cls(str(payload["name"]), at, took_s, str(payload["fault"]))
        except (KeyError, TypeError, ValueError):
            return None


def superfluous(backups: Sequence[Backup], keep: Keep) -> tuple[Backup, ...]:
    """Those that no hour, day or week keeps; the newest of all is never among them. Oldest first."""
    newest_first = sorted(backups, key=lambda backup: backup.taken_at, reverse=True)
    kept = {backup.name for backup in newest_first[:1]}
    kept |= _last_of_each(newest_first, keep.hours, lambda at: at.strftime("%Y-%m-%d %H"))
    kept |= _last_of_each(newest_first, keep.days, lambda at: at.date().isoformat())
    kept |= _last_of_each(newest_first, keep.weeks, lambda at: str(at.isocalendar()[:2]))
    return tuple(backup for backup in reversed(newest_first) if backup.name not in kept)


def _last_of_each(newest_first: Sequence[Backup], most: int, span_of: Callable[[datetime], str]) -> set[str]:
    last: dict[str, str] = {}
    for backup in newest_first:
        last.setdefault(span_of(backup.taken_at), backup.name)
    return set(list(last.values())[:most])


def is_due(last: datetime | None, now: datetime, every_s: float) -> bool:
    """Also where the last one lies in the future: the clock was set back."""
    return last is None or not timedelta() <= now - last < timedelta(seconds=every_s)

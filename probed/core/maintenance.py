"""Maintenance windows: what is worked on is not told, and nothing is fixed by itself meanwhile unless permitted."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from probed.core.hours import Hours
from probed.core.matcher import Matcher, matchers_text, matches_all


class WindowState(enum.StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    OVER = "over"


class Fixes(enum.StrEnum):
    """What becomes of known-safe fixes meanwhile."""

    FREEZE = "freeze"
    PERMIT = "permit"


@dataclass(frozen=True, slots=True)
class WindowDraft:
    """What somebody asks for. Without `starts_at` it begins now; without matchers it is about the whole host."""

    ends_at: datetime
    matchers: tuple[Matcher, ...] = ()
    fixes: Fixes = Fixes.FREEZE
    comment: str = ""
    starts_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Window:
    id: str
    """`config:NAME` for one that comes again by the configuration."""
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    fixes: Fixes
    comment: str
    created_by: str

    def state(self, now: datetime) -> WindowState:
        if now >= self.ends_at:
            return WindowState.OVER
        return WindowState.PENDING if now < self.starts_at else WindowState.ACTIVE

    def covers(self, labels: Mapping[str, str], now: datetime) -> bool:
        return self.state(now) is WindowState.ACTIVE and matches_all(self.matchers, labels)

    @property
    def title(self) -> str:
        return f"maintenance{f' ({self.comment})' if self.comment else ''} until {self.ends_at:%Y-%m-%d %H:%M} UTC"

    @property
    def scope(self) -> str:
        return matchers_text(self.matchers) if self.matchers else "the whole host"


@dataclass(frozen=True, slots=True)
class RecurringWindow:
    name: str
    hours: Hours
    matchers: tuple[Matcher, ...] = ()
    fixes: Fixes = Fixes.FREEZE

    def at(self, now: datetime) -> Window | None:
        """The window that is open now."""
        span = self.hours.at(now)
        if span is None:
            return None
        return Window(
            id=f"config:{self.name}",
            matchers=self.matchers,
            starts_at=span.begins_at,
            ends_at=span.ends_at,
            fixes=self.fixes,
            comment=self.name,
            created_by="configuration",
        )


def covering(windows: Iterable[Window], labels: Mapping[str, str], now: datetime) -> Window | None:
    """The one that stays open longest."""
    found = [window for window in windows if window.covers(labels, now)]
    return max(found, key=lambda window: window.ends_at, default=None)


def freezing(windows: Iterable[Window], labels: Mapping[str, str], now: datetime) -> Window | None:
    """The most restrictive wins: one that permits does not thaw what another one freezes."""
    return covering([window for window in windows if window.fixes is Fixes.FREEZE], labels, now)

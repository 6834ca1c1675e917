"""Silences: what is not told for a while, although it fires. Their state follows from the clock, as in Alertmanager."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from probed.core.matcher import Matcher, MatchOp, matchers_text, matches_all

LONGEST_MATCHERS, LONGEST_COMMENT, LONGEST_AUTHOR = 16_384, 4_000, 256
"""Characters: silences are kept for months, and those in force are read at each notification."""
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""End of a silence that lasts until its alert resolves."""


class SilenceState(enum.StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class SilenceDraft:
    """What somebody asks for. Without `starts_at` it begins now."""

    matchers: tuple[Matcher, ...]
    ends_at: datetime
    comment: str = ""
    created_by: str = ""
    """The author; empty: whoever asks."""
    starts_at: datetime | None = None
    id: str = ""
    """Of the silence that it changes."""


@dataclass(frozen=True, slots=True)
class Silence:
    id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    created_by: str
    comment: str
    updated_at: datetime
    alert_id: str = ""
    """It ends when this alert resolves; empty: by its time alone."""

    def state(self, now: datetime) -> SilenceState:
        if now >= self.ends_at:
            return SilenceState.EXPIRED
        return SilenceState.PENDING if now < self.starts_at else SilenceState.ACTIVE

    @property
    def title(self) -> str:
        until = "until it resolves" if self.alert_id else f"until {self.ends_at:%Y-%m-%d %H:%M} UTC"
        return f"silenced {until}: {matchers_text(self.matchers)}"


def problem_of(draft: SilenceDraft, now: datetime) -> str:
    """Why it can be no silence; empty where it can."""
    if not draft.matchers:
        return "a silence needs a matcher at least"
    if all(matcher.matches({}) for matcher in draft.matchers):
        return "at least one matcher must not match the empty label, or everything is silenced"
    for what, text, most in (
        ("matchers have", matchers_text(draft.matchers), LONGEST_MATCHERS),
        ("a comment has", draft.comment, LONGEST_COMMENT),
        ("an author has", draft.created_by, LONGEST_AUTHOR),
    ):
        if len(text) > most:
            return f"{what} {most} characters at most"
    if draft.ends_at <= now:
        return "the end lies in the past"
    if draft.starts_at and draft.ends_at <= draft.starts_at:
        return "the end has to be after the start"
    return ""


def can_edit(silence: Silence, draft: SilenceDraft, now: datetime) -> bool:
    """Whether the draft changes the silence in place; else it expires and another one takes its place."""
    if set(silence.matchers) != set(draft.matchers):
        return False
    match silence.state(now):
        case SilenceState.ACTIVE:
            return draft.starts_at is None or _second(draft.starts_at) == _second(silence.starts_at)
        case SilenceState.PENDING:
            return draft.starts_at is None or draft.starts_at >= now
        case SilenceState.EXPIRED:
            return False


def _second(moment: datetime) -> datetime:
    """What clients send back has lost its microseconds on the way."""
    return moment.replace(microsecond=0)


def edit(silence: Silence, draft: SilenceDraft, now: datetime) -> Silence:
    has_begun = silence.state(now) is SilenceState.ACTIVE
    return replace(
        silence,
        starts_at=silence.starts_at if has_begun else draft.starts_at or silence.starts_at,
        ends_at=draft.ends_at,
        created_by=draft.created_by or silence.created_by,
        comment=draft.comment,
        updated_at=now,
    )


def create(draft: SilenceDraft, silence_id: str, by: str, now: datetime) -> Silence:
    """One that would have begun in the past begins now."""
    return Silence(
        id=silence_id,
        matchers=draft.matchers,
        starts_at=max(draft.starts_at or now, now),
        ends_at=draft.ends_at,
        created_by=draft.created_by or by,
        comment=draft.comment,
        updated_at=now,
    )


def expire(silence: Silence, now: datetime) -> Silence | None:
    """None where it has expired already; one that had not begun never did."""
    match silence.state(now):
        case SilenceState.EXPIRED:
            return None
        case SilenceState.PENDING:
            return replace(silence, starts_at=now, ends_at=now, updated_at=now)
        case SilenceState.ACTIVE:
            return replace(silence, ends_at=now, updated_at=now)


class Silencing:
    """The silences that are active at one moment, found by the labels of an alert."""

    def __init__(self, silences: Iterable[Silence], now: datetime) -> None:
        self._by_label: dict[tuple[str, str], list[Silence]] = {}
        self._others: list[Silence] = []
        for silence in silences:
            if silence.state(now) is SilenceState.ACTIVE:
                self._place_of(silence).append(silence)

    def ids_of(self, labels: Mapping[str, str]) -> list[str]:
        """Of the silences that match."""
        found = [
            silence.id
            for label in labels.items()
            for silence in self._by_label.get(label, ())
            if matches_all(silence.matchers, labels)
        ]
        return found + [silence.id for silence in self._others if matches_all(silence.matchers, labels)]

    def _place_of(self, silence: Silence) -> list[Silence]:
        for matcher in silence.matchers:
            if matcher.op is MatchOp.EQUAL and matcher.value:
                return self._by_label.setdefault((matcher.name, matcher.value), [])
        return self._others

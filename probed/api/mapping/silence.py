from __future__ import annotations

from datetime import UTC, datetime, timedelta

from probed.api.mapping import moment
from probed.api.problems import Invalid
from probed.core.matcher import Matcher, parse_matchers
from probed.core.silence import FOREVER, Silence, SilenceDraft, SilenceState
from probed.wire.silence import SilenceRequest, SilenceShape

LONGEST_S = 10 * 366 * 86400.0


def silence_shape(silence: Silence, now: datetime) -> SilenceShape:
    state = silence.state(now)
    is_over = state is SilenceState.EXPIRED
    return SilenceShape(
        id=silence.id,
        state=state.value,
        matchers=[str(matcher) for matcher in silence.matchers],
        starts_at=moment.text(silence.starts_at),
        ends_at=None if silence.ends_at >= FOREVER else moment.text(silence.ends_at),
        created_by=silence.created_by,
        comment=silence.comment,
        updated_at=moment.text(silence.updated_at),
        alert_id=silence.alert_id,
        commands=[] if is_over else [f"cortexctl silences expire {silence.id}"],
    )


def silence_draft(request: SilenceRequest, now: datetime) -> SilenceDraft:
    """Raises Invalid."""
    starts_at = _moment(request.starts_at) if request.starts_at else None
    ends_at = (starts_at or now) + timedelta(seconds=lasting(request.for_s))
    return SilenceDraft(_matchers(request.matchers), ends_at, request.comment, starts_at=starts_at)


def lasting(for_s: float) -> float:
    if not 0 < for_s <= LONGEST_S:
        raise Invalid("for_s", f"must be more than 0 and at most {LONGEST_S:.0f} seconds")
    return for_s


def _matchers(texts: list[str]) -> tuple[Matcher, ...]:
    try:
        return tuple(matcher for text in texts for matcher in parse_matchers(text))
    except ValueError as error:
        raise Invalid("matchers", str(error)) from None


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.min
    if found.tzinfo is None:
        raise Invalid("starts_at", "must be a moment with its time zone, like 2026-11-20T08:00:00Z")
    return found.astimezone(UTC)

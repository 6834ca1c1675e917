from __future__ import annotations

from datetime import UTC, datetime, timedelta

from probed.api.mapping import moment
from probed.api.problems import Invalid
from probed.core.maintenance import Fixes, Window, WindowDraft
from probed.core.matcher import Matcher, parse_matchers
from probed.wire.maintenance import WindowRequest, WindowShape

LONGEST_S = 366 * 86400.0
MOST_MATCHERS = 50
NO_MOMENT = "lies outside of the times that there are"


def window_shape(window: Window, now: datetime) -> WindowShape:
    return WindowShape(
        id=window.id,
        state=window.state(now).value,
        matchers=[str(matcher) for matcher in window.matchers],
        starts_at=moment.text(window.starts_at),
        ends_at=moment.text(window.ends_at),
        fixes=window.fixes.value,
        comment=window.comment,
        created_by=window.created_by,
    )


def window_draft(request: WindowRequest) -> WindowDraft:
    """Raises Invalid."""
    if not 0 < request.for_s <= LONGEST_S:
        raise Invalid("for_s", "must be more than 0 and at most a year")
    starts_at = _moment(request.starts_at) if request.starts_at else None
    try:
        ends_at = (starts_at or datetime.now(UTC)) + timedelta(seconds=request.for_s)
    except OverflowError:
        raise Invalid("starts_at", NO_MOMENT) from None
    return WindowDraft(
        ends_at=ends_at,
        matchers=_matchers(request.matchers),
        fixes=Fixes(request.fixes),
        comment=request.comment,
        starts_at=starts_at,
    )


def _matchers(texts: list[str]) -> tuple[Matcher, ...]:
    if len(texts) > MOST_MATCHERS:
        raise Invalid("matchers", f"must not be more than {MOST_MATCHERS}")
    try:
        return tuple(matcher for text in texts for matcher in parse_matchers(text))
    except ValueError as error:
        raise Invalid("matchers", str(error)) from None


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid("starts_at", "must be a time as in 2026-11-20T22:00:00Z") from None
    if found.tzinfo is None:
        raise Invalid("starts_at", "must name its time zone, as in 2026-11-20T22:00:00Z")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise Invalid("starts_at", NO_MOMENT) from None

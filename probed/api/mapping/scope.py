"""What a silence and a maintenance window have in common: what they match, from when, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from probed.api.problems import Invalid
from probed.core.matcher import Matcher, parse_matchers

MOST_MATCHERS = 50
NO_MOMENT = "lies outside of the times that there are"


def matchers_of(texts: Sequence[str]) -> tuple[Matcher, ...]:
    """Raises Invalid."""
    if len(texts) > MOST_MATCHERS:
        raise Invalid("matchers", f"must not be more than {MOST_MATCHERS}")
    try:
        return tuple(matcher for text in texts for matcher in parse_matchers(text))
    except ValueError as error:
        raise Invalid("matchers", str(error)) from None


def start_of(text: str) -> datetime:
    """Raises Invalid."""
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


def end_of(starts_at: datetime, lasts_s: float) -> datetime:
    """Raises Invalid."""
    try:
        return starts_at + timedelta(seconds=lasts_s)
    except OverflowError:
        raise Invalid("starts_at", NO_MOMENT) from None

"""Between the engine's words and Alertmanager's."""

from __future__ import annotations

from datetime import UTC, datetime

from probed.api.mapping import moment
from probed.api.problems import Invalid
from probed.core.external_alert import AlertDraft
from probed.core.matcher import Matcher, MatchOp
from probed.core.silence import Silence, SilenceDraft
from probed.engine.muting import Standing
from probed.wire.alertmanager import (
    AlertStatus,
    GettableAlert,
    GettableSilence,
    MatcherShape,
    PostableAlert,
    PostableSilence,
    Receiver,
    SilenceStatus,
)

OPS = {
    (True, False): MatchOp.EQUAL,
    (False, False): MatchOp.NOT_EQUAL,
    (True, True): MatchOp.REGEX,
    (False, True): MatchOp.NOT_REGEX,
}
"""By `isEqual` and `isRegex`."""


def alert_draft(shape: PostableAlert, place: str) -> AlertDraft:
    """Raises Invalid."""
    return AlertDraft(
        labels=shape.labels,
        annotations=shape.annotations or {},
        starts_at=_moment(shape.startsAt, f"{place}.startsAt"),
        ends_at=_moment(shape.endsAt, f"{place}.endsAt"),
        generator_url=shape.generatorURL or "",
    )


def silence_draft(shape: PostableSilence) -> SilenceDraft:
    """Raises Invalid."""
    ends_at = _moment(shape.endsAt, "endsAt")
    if ends_at is None:
        raise Invalid("endsAt", "is missing")
    return SilenceDraft(
        matchers=tuple(_matcher(each, f"matchers[{number}]") for number, each in enumerate(shape.matchers)),
        starts_at=_moment(shape.startsAt, "startsAt"),
        ends_at=ends_at,
        comment=shape.comment,
        created_by=shape.createdBy,
        id=shape.id or "",
    )


def gettable_alert(standing: Standing) -> GettableAlert:
    alert = standing.alert
    return GettableAlert(
        labels=dict(alert.labels),
        annotations=dict(alert.annotations) if alert.is_external else {"summary": alert.summary, **alert.annotations},
        receivers=[Receiver(name) for name in dict.fromkeys(route.receiver for route in standing.routes)],
        startsAt=moment.text(alert.starts_at),
        updatedAt=moment.text(alert.updated_at),
        endsAt=moment.text(alert.ends_at or alert.updated_at),
        fingerprint=alert.fingerprint,
        status=AlertStatus(
            state="suppressed" if standing.is_suppressed else "active",
            silencedBy=list(standing.silenced_by),
            inhibitedBy=[standing.inhibited_by] if standing.inhibited_by else [],
            mutedBy=[],
        ),
        generatorURL=alert.generator_url,
    )


def gettable_silence(silence: Silence, now: datetime) -> GettableSilence:
    return GettableSilence(
        id=silence.id,
        status=SilenceStatus(silence.state(now).value),
        updatedAt=moment.text(silence.updated_at),
        matchers=[
            MatcherShape(matcher.name, matcher.value, matcher.op.is_regex, matcher.op.is_equal)
            for matcher in silence.matchers
        ],
        startsAt=moment.text(silence.starts_at),
        endsAt=moment.text(silence.ends_at),
        createdBy=silence.created_by,
        comment=silence.comment,
    )


def _matcher(shape: MatcherShape, place: str) -> Matcher:
    if not shape.name:
        raise Invalid(f"{place}.name", "is missing")
    try:
        return Matcher(shape.name, OPS[shape.isEqual, shape.isRegex], shape.value)
    except ValueError as error:
        raise Invalid(place, str(error)) from None


def _moment(text: str | None, place: str) -> datetime | None:
    """RFC 3339; Go's zero time means that none was given."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(place, "must be a moment like 2026-11-20T08:00:00Z") from None
    if found.tzinfo is None:
        raise Invalid(place, "must name its time zone, as in 2026-11-20T08:00:00Z")
    try:
        return None if found.year == 1 else found.astimezone(UTC)
    except OverflowError:
        raise Invalid(place, "lies outside of the times that there are") from None

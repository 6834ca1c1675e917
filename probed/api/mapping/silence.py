from __future__ import annotations

from datetime import datetime

from probed.api.mapping import moment
from probed.api.mapping.scope import end_of, matchers_of, start_of
from probed.api.problems import Invalid
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
    starts_at = start_of(request.starts_at) if request.starts_at else None
    ends_at = end_of(starts_at or now, lasting(request.for_s))
    return SilenceDraft(matchers_of(request.matchers), ends_at, request.comment, starts_at=starts_at)


def lasting(for_s: float) -> float:
    if not 0 < for_s <= LONGEST_S:
        raise Invalid("for_s", f"must be more than 0 and at most {LONGEST_S:.0f} seconds")
    return for_s

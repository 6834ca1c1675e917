from __future__ import annotations

from datetime import UTC, datetime

from probed.api.mapping import moment
from probed.api.mapping.scope import end_of, matchers_of, start_of
from probed.api.problems import Invalid
from probed.core.maintenance import Fixes, Window, WindowDraft
from probed.wire.maintenance import WindowRequest, WindowShape

LONGEST_S = 366 * 86400.0


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
    starts_at = start_of(request.starts_at) if request.starts_at else None
    return WindowDraft(
        ends_at=end_of(starts_at or datetime.now(UTC), request.for_s),
        matchers=matchers_of(request.matchers),
        fixes=Fixes(request.fixes),
        comment=request.comment,
        starts_at=starts_at,
    )

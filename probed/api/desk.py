"""What all requests share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from probed.api.context import ApiContext
from probed.api.mapping.alert import alert_shape
from probed.api.meter import Meter
from probed.api.peer import Names
from probed.api.quota import Quota
from probed.api.refusals import Refusals
from probed.api.stream import Streams
from probed.core.alert import Alert
from probed.core.case import Case
from probed.core.decision import Decision, DecisionState
from probed.core.event import StreamEvent
from probed.core.silence import Silencing
from probed.engine.sieve import why_untold
from probed.wire.alert import AlertShape

MOST_BODY_BYTES, MOST_BODY_BYTES_EACH, RESERVED_BODY_BYTES = 32 * 2**20, 16 * 2**20, 8 * 2**20
"""Of the bodies of all requests that are under way; at least one of the largest that is allowed always fits."""


class Desk:
    def __init__(self, context: ApiContext, most_body_bytes: int) -> None:
        self.context, self.most_body_bytes = context, most_body_bytes
        each = max(MOST_BODY_BYTES_EACH, most_body_bytes)
        self.bodies = Quota(max(MOST_BODY_BYTES, each + RESERVED_BODY_BYTES), each, RESERVED_BODY_BYTES)
        self.names = Names()
        self.refusals = Refusals(context.pairings)
        self.meter = Meter()
        self.streams = Streams(context.subscribe, context.queries)
        self.runs_ended: Counter[str] = Counter()
        """Runs that ended since the start, by state."""
        self._stop_counting: Callable[[], None] | None = None

    def open(self) -> None:
        self.streams.open()
        self._stop_counting = self.context.subscribe(self._count)

    def close(self) -> None:
        self.streams.close()
        if self._stop_counting:
            self._stop_counting()

    async def cases_of(self, decisions: Sequence[Decision]) -> Mapping[str, Case]:
        """The cases of those decisions that wait, by id."""
        waiting = [decision.case_id for decision in decisions if decision.state is DecisionState.WAITING]
        return await self.context.queries.cases_by_id(waiting) if waiting else {}

    async def alert_shapes(self, alerts: Sequence[Alert]) -> list[AlertShape]:
        now, inspections = self.context.now(), self.context.inspections()
        silencing = Silencing(await self.context.queries.unexpired_silences(now), now)
        return [alert_shape(alert, inspections, why_untold(alert, silencing)) for alert in alerts]

    def _count(self, event: StreamEvent) -> None:
        if event.type == "run.ended":
            self.runs_ended[str(event.data.get("state", "unknown"))] += 1

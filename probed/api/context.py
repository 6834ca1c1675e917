"""What the API stands on: everything it may ask or tell, passed in by the composition root."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from probed.core.channel import ChannelFacts
from probed.core.event import StreamEvent
from probed.core.forecast import Forecast
from probed.core.inspection import BrokenDocument, Inspection
from probed.core.routing import Routing
from probed.engine.overview import Overview, ReadinessProbe
from probed.ports import (
    Assistants,
    Backups,
    Configurations,
    Models,
    Operator,
    Pairings,
    Queries,
    Questions,
    Replays,
    Schedule,
)

Subscribe = Callable[[Callable[[StreamEvent], None]], Callable[[], None]]
"""Takes a listener, returns what ends the subscription. The listener is called on the event loop, after the commit."""


@dataclass(frozen=True, slots=True)
class ApiContext:
    operator: Operator
    queries: Queries
    schedule: Schedule
    overview: Callable[[], Awaitable[Overview]]
    readiness: Callable[[], Awaitable[Sequence[ReadinessProbe]]]
    inspections: Callable[[], Sequence[Inspection]]
    """Those in force."""
    broken: Callable[[], Sequence[BrokenDocument]]
    subscribe: Subscribe
    routing: Callable[[], Routing]
    """Where alerts go."""
    now: Callable[[], datetime]
    pairings: Pairings
    backups: Backups
    channels: Callable[[], Awaitable[Sequence[ChannelFacts]]]
    forecasts: Callable[[], Mapping[tuple[str, str], Forecast]]
    """By check and object: of what can be full and grows."""
    questions: Questions
    assistants: Assistants
    models: Models | None
    """None: no model is asked."""
    configurations: Configurations
    replays: Replays | None = None
    """None: nothing can be replayed here."""

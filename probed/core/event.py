"""An event: one line of what happens, for whoever follows the stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StreamEvent:
    id: int
    at: datetime
    type: str
    """`run.started`, `run.ended`, `case.changed`, `alert.changed`, `decision.changed`, `change.recorded`,
    `message.sent`, `daemon.notice`."""
    subject: str
    data: Mapping[str, object]

"""One event of the stream: the `data:` line of the server-sent event whose `id:` is `id` and `event:` is `type`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class EventShape:
    id: int
    at: str
    type: str
    subject: str
    data: dict[str, Any]

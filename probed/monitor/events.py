"""The event stream in the monitor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from probed.core.event import StreamEvent
from probed.monitor.cells import mapping, micros, moment, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import insert_into, table

EVENTS = table("events", "id at type subject data")
INSERT = insert_into(EVENTS)
NEWEST_ID = "SELECT coalesce(max(id), 0) AS id FROM events"


def to_row(event: StreamEvent) -> dict[str, object]:
    return {
        "id": event.id,
        "at": micros(event.at),
        "type": event.type,
        "subject": event.subject,
        "data": to_json(event.data),
    }


def from_row(row: Row) -> StreamEvent:
    return StreamEvent(row["id"], moment(row["at"]), row["type"], row["subject"], mapping(row["data"]))


async def newest_event_id(session: Session) -> int:
    row = await session.first(NEWEST_ID)
    return 0 if row is None else int(row["id"])


class EventStream:
    """Numbers the events of one transaction; `flush` writes them all with one statement."""

    __slots__ = ("_last_id", "_now", "_published")

    def __init__(self, last_id: int, now: datetime) -> None:
        self._last_id, self._now = last_id, now
        self._published: list[StreamEvent] = []

    @property
    def last_id(self) -> int:
        return self._last_id + len(self._published)

    @property
    def published(self) -> Sequence[StreamEvent]:
        return self._published

    async def publish(self, type_: str, subject: str, data: Mapping[str, object]) -> None:
        self._published.append(StreamEvent(self.last_id + 1, self._now, type_, subject, dict(data)))

    async def flush(self, session: Session) -> None:
        if self._published:
            await session.write_each(INSERT, [to_row(event) for event in self._published])

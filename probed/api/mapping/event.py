from __future__ import annotations

from probed.api.answers import to_json
from probed.api.mapping import moment
from probed.core.event import StreamEvent
from probed.wire.event import EventShape


def event_shape(event: StreamEvent) -> EventShape:
    return EventShape(event.id, moment.text(event.at), event.type, event.subject, dict(event.data))


def event_bytes(event: StreamEvent) -> bytes:
    """One server-sent event; JSON has no line breaks of its own."""
    data = to_json(EventShape, event_shape(event))
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (event.id, event.type.encode(), data)

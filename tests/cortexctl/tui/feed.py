"""The event stream of a stub daemon, to which a test adds events as it goes."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import asdict

from probed.wire.event import EventShape


class Feed:
    """An answer for `StubDaemon.misbehave`: every follower gets `events` first, then what `tell` is given."""

    def __init__(self, *events: EventShape) -> None:
        self.events = list(events)
        self.followed = threading.Event()
        self._followers: list[socket.socket] = []
        self._lock = threading.Lock()

    def __call__(self, connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: cortex\n\n")
        with self._lock:
            connection.sendall(b"".join(map(event_bytes, self.events)))
            self._followers.append(connection)
        self.followed.set()
        over.wait(60)

    def tell(self, *events: EventShape) -> None:
        with self._lock:
            self.events += events
            for follower in self._followers:
                follower.sendall(b"".join(map(event_bytes, events)))


def event_bytes(event: EventShape) -> bytes:
    return f"id: {event.id}\nevent: {event.type}\ndata: {json.dumps(asdict(event))}\n\n".encode()

"""`cortexctl events`."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict

from cortexctl.exits import Exit
from probed.wire.event import EventShape
from probed.wire.paths import EVENTS
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon, chunked, http

STREAM = f"GET {EVENTS}"
END = http(b"{}", "application/json")
"""No event stream: makes a follower give up."""


def event_bytes(event: EventShape) -> bytes:
    return f"id: {event.id}\nevent: {event.type}\ndata: {json.dumps(asdict(event))}\n\n".encode()


def stream(*events: EventShape) -> bytes:
    return chunked(b": cortex\n\n", *map(event_bytes, events), content_type="text/event-stream")


def then_silence(*events: EventShape) -> Callable[[socket.socket, threading.Event], None]:
    def answer(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(stream(*events).removesuffix(b"0\r\n\r\n"))
        over.wait(30)

    return answer


def test_without_follow_the_newest_are_shown_and_it_ends(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.misbehave(STREAM, then_silence(*samples.EVENTS))

    result, last = ctl("events"), ctl("events", "--limit", "1")

    newest = f"8  2026-03-01 09:58:00  alert.changed  {samples.ALERT.id}  state=firing\n"
    assert result.exit == Exit.OK
    assert result.out == f"7  2026-03-01 09:58:00  run.ended  disks  state=ok\n{newest}"
    assert last.out == newest
    assert daemon.requests[0].headers["last-event-id"] == "0"


def test_following_goes_on_over_a_restart_and_says_so(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answers[STREAM] = [stream(samples.EVENTS[0]), stream(samples.EVENTS[1]), END]

    result = ctl("events", "--follow", "--after", "6", "--json")

    assert [json.loads(line)["id"] for line in result.out.splitlines()] == [7, 8]
    assert [request.headers["last-event-id"] for request in daemon.requests] == ["6", "7", "8"]
    assert "it goes on when the daemon is back" in result.err


def test_following_from_now_asks_for_no_past(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answers[STREAM] = [END]

    ctl("events", "--follow")

    assert "last-event-id" not in daemon.requests[0].headers

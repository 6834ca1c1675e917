"""The event stream: parsing, resuming, ending."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest

from cortexctl.client import Client
from cortexctl.failure import Failure, Garbled, Rejected, Unreachable
from probed.wire.event import EventShape
from probed.wire.paths import EVENTS
from probed.wire.problem import ProblemCode
from tests.cortexctl.stub_daemon import StubDaemon, chunked, hang, http

STREAM = f"GET {EVENTS}"


def event_text(id_: int, subject: str = "disks", newline: str = "\n") -> bytes:
    data = json.dumps({"id": id_, "at": "2026-03-01T10:00:00Z", "type": "run.ended", "subject": subject, "data": {}})
    return f"id: {id_}{newline}event: run.ended{newline}data: {data}{newline}{newline}".encode()


def stream_of(*pieces: bytes) -> bytes:
    return chunked(*pieces, content_type="text/event-stream; charset=utf-8")


def open_stream(connection: socket.socket, *pieces: bytes) -> None:
    """What a living stream has sent so far: no last chunk."""
    connection.sendall(stream_of(*pieces).removesuffix(b"0\r\n\r\n"))


def client_of(daemon: StubDaemon) -> Client:
    return Client(str(daemon.path), 5.0)


def take(daemon: StubDaemon, count: int, after: int | None = None) -> list[EventShape]:
    with client_of(daemon).events(after) as stream:
        events = iter(stream)
        return [next(events) for _ in range(count)]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_events_are_read_however_the_bytes_are_cut(daemon: StubDaemon, newline: str) -> None:
    text = b": hello\n\n" + event_text(7, "größe", newline) + b": ping\n\n" + event_text(8, "b", newline)
    daemon.misbehave(STREAM, stream_of(*(text[i : i + 3] for i in range(0, len(text), 3))))

    events = take(daemon, 2)

    assert [(event.id, event.subject) for event in events] == [(7, "größe"), (8, "b")]


def test_a_resumed_stream_names_the_last_event(daemon: StubDaemon) -> None:
    daemon.misbehave(STREAM, stream_of(event_text(43)))

    take(daemon, 1, after=42)

    assert daemon.requests[0].headers["last-event-id"] == "42"
    assert daemon.requests[0].headers["accept"] == "text/event-stream"


def test_the_end_of_the_stream_is_a_loss_not_an_end(daemon: StubDaemon) -> None:
    daemon.misbehave(STREAM, stream_of(event_text(1)))
    stream = client_of(daemon).events()
    seen = []

    with pytest.raises(Unreachable, match="ended the event stream"):
        seen += [event.id for event in stream]

    assert stream.last_id == 1


def test_a_follower_that_has_seen_no_event_resumes_where_its_stream_began(daemon: StubDaemon) -> None:
    beginning = b"id: 41\n\n: cortex\n\n"
    daemon.misbehave(STREAM, stream_of(beginning))
    follower = client_of(daemon).follow(pause_s=0.01, on_loss=lambda _: daemon.misbehave(STREAM, comes_back))
    comes_back = stream_of(b"id: 41\n\n: cortex\n\n", event_text(42))

    event = next(follower)

    follower.close()
    assert event.id == 42
    assert [request.headers.get("last-event-id") for request in daemon.requests] == [None, "41"]


def test_a_silent_stream_counts_as_dead(daemon: StubDaemon) -> None:
    def one_then_silence(connection: socket.socket, over: threading.Event) -> None:
        open_stream(connection, event_text(1))
        over.wait(30)

    daemon.misbehave(STREAM, one_then_silence)
    start = time.monotonic()

    with pytest.raises(Unreachable, match=r"no answer within 0\.2 s"), client_of(daemon).events(idle_s=0.2) as stream:
        list(stream)

    assert time.monotonic() - start < 25


def test_comments_keep_a_quiet_stream_alive(daemon: StubDaemon) -> None:
    def quiet(connection: socket.socket, over: threading.Event) -> None:
        open_stream(connection)
        for _ in range(8):
            over.wait(0.1)
            connection.sendall(b"4\r\n: .\n\r\n")
        connection.sendall(b"%x\r\n%s\r\n" % (len(event_text(5)), event_text(5)))
        over.wait(30)

    daemon.misbehave(STREAM, quiet)

    with client_of(daemon).events(idle_s=0.4) as stream:
        assert next(iter(stream)).id == 5


def test_closing_from_another_thread_ends_it_quietly(daemon: StubDaemon) -> None:
    def open_and_quiet(connection: socket.socket, over: threading.Event) -> None:
        open_stream(connection)
        over.wait(30)

    daemon.misbehave(STREAM, open_and_quiet)
    stream = client_of(daemon).events()
    closer = threading.Timer(0.2, stream.close)
    closer.start()

    assert list(stream) == []
    closer.join()


def test_following_resumes_after_each_loss(daemon: StubDaemon) -> None:
    daemon.answers[STREAM] = [stream_of(event_text(1), event_text(2)), b"", stream_of(event_text(3)), hang]
    losses: list[Failure] = []

    follow = client_of(daemon).follow(pause_s=0.01, on_loss=losses.append)
    ids = [next(follow).id for _ in range(3)]
    follow.close()

    assert ids == [1, 2, 3]
    assert [request.headers.get("last-event-id") for request in daemon.requests[:3]] == [None, "2", "2"]
    assert len(losses) == 1


def test_following_fails_at_once_where_nothing_can_be_followed(daemon: StubDaemon) -> None:
    daemon.path.unlink()

    with pytest.raises(Unreachable):
        next(client_of(daemon).follow())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (http(b"{}", "application/json"), Garbled),
        (stream_of(b"data: no json\n\n"), Garbled),
        (stream_of(b"data: []\n\n"), Garbled),
        (stream_of(b"id: first\n\n"), Garbled),
    ],
)
def test_what_is_no_event_stream_is_said_to_be_so(daemon: StubDaemon, answer: bytes, error: type[Failure]) -> None:
    daemon.misbehave(STREAM, answer)

    with pytest.raises(error):
        take(daemon, 1)


def test_a_refused_stream_says_why(daemon: StubDaemon) -> None:
    daemon.refuse(STREAM, 503, ProblemCode.OVERLOADED, "too many listeners")

    with pytest.raises(Rejected, match="too many listeners"):
        take(daemon, 1)

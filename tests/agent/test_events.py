from __future__ import annotations

import json

import pytest

from probed.agent import events
from probed.agent.events import EventStream, Unreadable
from tests.agent.arrange import RESULT, SECRET, START


def line(event: object) -> bytes:
    return json.dumps(event).encode() + b"\n"


def test_events_are_framed_wherever_the_bytes_are_cut() -> None:
    data = line(START) + line({"type": "assistant", "text": "é" * 100}) + line(RESULT)

    for size in (1, 7, 4096):
        stream = EventStream()
        for begin in range(0, len(data), size):
            stream.feed(data[begin : begin + size])

        assert stream.start == START
        assert stream.result == RESULT
        assert stream.transcript().encode().count(b"\n") == 3


def test_a_line_far_beyond_64_kib_is_one_event() -> None:
    stream = EventStream()

    stream.feed(line({**RESULT, "result": "x" * 1_000_000}))

    assert stream.result


def test_a_last_line_without_an_end_counts() -> None:
    stream = EventStream()
    stream.feed(json.dumps(RESULT).encode())
    assert stream.result is None

    stream.finish()

    assert stream.result == RESULT


def test_the_first_result_counts() -> None:
    stream = EventStream()

    stream.feed(line(RESULT) + line({**RESULT, "is_error": True}))

    assert stream.result == RESULT


def test_what_is_no_event_is_kept_apart() -> None:
    stream = EventStream()

    stream.feed(b"\n\x00\xff\n[1, 2]\n" + b"[" * 100_000 + b"\nwarning: old config\n" + line(START))

    assert stream.noise == "warning: old config"
    assert stream.transcript() == json.dumps(START) + "\n"


def test_an_event_beyond_the_cap_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_LINE", 1000)
    stream = EventStream()

    for _ in range(10):
        stream.feed(b"x" * 100)

    with pytest.raises(Unreadable):
        stream.feed(b"x")


def test_a_flood_of_small_events_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MAX_STREAM", 1000)
    stream = EventStream()

    stream.feed(b'{"a": 1}\n' * 111)

    with pytest.raises(Unreadable):
        stream.feed(b'{"a": 1}\n')


def test_the_key_never_gets_into_the_transcript() -> None:
    stream = EventStream(SECRET)

    stream.feed(line({"type": "assistant", "text": f"your key is {SECRET}"}))

    assert SECRET not in stream.transcript()
    assert "[key]" in stream.transcript()
    assert stream.hide(f"bad key {SECRET}") == "bad key [key]"


def test_an_event_that_is_nested_too_deeply_is_none() -> None:
    stream = EventStream()

    stream.feed(b'{"type": "result", "structured_output": ' + b"[" * 500 + b"]" * 500 + b"}\n")

    assert stream.result is None

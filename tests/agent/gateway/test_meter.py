"""Tokens are counted while an answer passes, however it is cut into pieces."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from probed.agent.gateway.meter import MAX_LINE, Meter
from probed.core.model_call import Tokens

EVENTS: list[Mapping[str, object]] = [
    {
        "type": "message_start",
        "message": {
            "model": "claude-x",
            "usage": {
                "input_tokens": 7,
                "cache_creation_input_tokens": 5,
                "cache_read_input_tokens": 3,
                "output_tokens": 1,
            },
        },
    },
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "words"}},
    {"type": "message_delta", "usage": {"output_tokens": 42}},
    {"type": "message_stop"},
]


def stream(events: list[Mapping[str, object]] = EVENTS) -> bytes:
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_stream_is_counted_in_pieces_of_any_size(size: int) -> None:
    meter, data = Meter(streams=True), stream()

    for start in range(0, len(data), size):
        meter.feed(data[start : start + size])

    assert (meter.tokens, meter.model, meter.has_spoken) == (Tokens(7, 5, 3, 42), "claude-x", True)


def test_a_stream_that_breaks_off_tells_what_it_told_and_is_not_whole() -> None:
    meter = Meter(streams=True)

    meter.feed(stream(EVENTS[:2]))
    meter.finish()

    assert meter.tokens is None
    assert meter.so_far == Tokens(7, 5, 3, 1)


def test_one_object_is_counted_at_its_end() -> None:
    meter = Meter(streams=False)
    body = json.dumps({"model": "claude-x", "usage": {"input_tokens": 7, "output_tokens": 42}}).encode()

    meter.feed(body[:10])
    meter.feed(body[10:])
    assert meter.tokens is None
    meter.finish()

    assert meter.tokens == Tokens(input=7, output=42)


@pytest.mark.parametrize(
    "told",
    [b"garbage", b"[1]", b'{"usage": {"input_tokens": 1}}', b'{"usage": {"output_tokens": -1}}', b'{"usage": 3}'],
)
def test_what_tells_no_count_is_no_whole_answer(told: bytes) -> None:
    meter = Meter(streams=False)

    meter.feed(told)
    meter.finish()

    assert meter.tokens is None


def test_an_endless_line_is_let_go_and_what_follows_is_counted() -> None:
    meter = Meter(streams=True)

    meter.feed(b"data: " + b"x" * (MAX_LINE + 1))
    meter.feed(b"\n" + stream())

    assert meter.tokens == Tokens(7, 5, 3, 42)

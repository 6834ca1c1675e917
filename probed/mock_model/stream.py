"""A message as the Messages API writes it: whole, or as a stream of events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from probed.mock_model.reply import Block, Message

Event = dict[str, Any]


def whole(reply: Message, model: str) -> Event:
    return {
        "id": "msg_scripted",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": list(reply.content),
        "stop_reason": reply.reason,
        "stop_sequence": None,
        "usage": {"input_tokens": reply.input_tokens, "output_tokens": reply.output_tokens},
    }


def events(reply: Message, model: str) -> Iterator[Event]:
    opening: Event = {
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": reply.input_tokens, "output_tokens": 1},
    }
    yield {"type": "message_start", "message": {**whole(reply, model), **opening}}
    for index, block in enumerate(reply.content):
        yield from _of_block(index, block, reply.pace.characters if reply.pace else 0)
    delta = {"stop_reason": reply.reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": reply.output_tokens}}
    yield {"type": "message_stop"}


def _of_block(index: int, block: Block, most: int) -> Iterator[Event]:
    is_call = block["type"] == "tool_use"
    said = json.dumps(block["input"]) if is_call else block["text"]
    kind, field = ("input_json_delta", "partial_json") if is_call else ("text_delta", "text")
    begun = {**block, "input": {}} if is_call else {**block, "text": ""}
    yield {"type": "content_block_start", "index": index, "content_block": begun}
    for piece in _pieces(said, most):
        yield {"type": "content_block_delta", "index": index, "delta": {"type": kind, field: piece}}
    yield {"type": "content_block_stop", "index": index}


def _pieces(said: str, most: int) -> list[str]:
    return [said[start : start + most] for start in range(0, len(said), most)] if most else [said]


def sse(event: Event) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()

"""A conversation with a model, for people: who said what, in order."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cortexctl.output import Output
from cortexctl.text import one_line, several_lines

if TYPE_CHECKING:
    from probed.wire.run import TranscriptShape

MOST_LINES = 30
"""Of one text; the whole stands in the JSON."""


def emit_transcript(output: Output, transcript: TranscriptShape, *, as_json: bool) -> None:
    if as_json:
        output.emit_json(transcript)
        return
    for title, text in _said(transcript.text):
        output.emit(output.paint(f"{one_line(title)}:", "bold"))
        lines = several_lines(text)
        output.emit_lines(f"  {line}" for line in lines[:MOST_LINES])
        if len(lines) > MOST_LINES:
            output.emit(f"  … {len(lines) - MOST_LINES} more lines: --json")


def _said(text: str) -> Iterator[tuple[str, str]]:
    for line in filter(None, text.split("\n")):
        try:
            event = json.loads(line)
        except ValueError:
            event = {"type": "text", "text": line}
        if isinstance(event, Mapping):
            yield from _of_event(event)


def _of_event(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    kind, message = str(event.get("type", "")), event.get("message")
    if isinstance(message, Mapping):
        yield from _of_message(kind, message.get("content"))
    elif kind == "request":
        yield "asked", str(event.get("prompt") or event.get("system") or "")
    elif kind == "result":
        yield "ended", _plain({name: event[name] for name in ENDINGS if name in event})
    elif kind == "left_out":
        yield "left out", f"{event.get('lines')} lines"
    elif kind == "output":
        yield "the program", str(event.get("text", ""))
    elif kind == "text":
        yield "text", str(event.get("text", ""))


ENDINGS = ("subtype", "num_turns", "total_cost_usd", "cost_usd")
"""What is shown of an end: the report itself is the run's."""


def _of_message(kind: str, content: object) -> Iterator[tuple[str, str]]:
    who = "the model" if kind == "assistant" else "asked"
    for block in content if isinstance(content, list) else [{"type": "text", "text": content}]:
        match block.get("type") if isinstance(block, Mapping) else "":
            case "text":
                yield who, str(block.get("text", ""))
            case "tool_use":
                yield f"the model calls {block.get('name')}", _plain(block.get("input"))
            case "tool_result":
                yield "answer", _result(block.get("content"))


def _result(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return str(content)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""Whatever a model or its program says: an answer, or a reason why there is none."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from probed.agent.dialogue import Dialogue
from probed.agent.events import EventStream
from probed.agent.gateway.meter import Meter
from probed.agent.judge import report_in, wrong_start
from probed.agent.prices import price_of
from probed.agent.probe_door import open_probe_door
from probed.agent.validate import opinion_of
from probed.errors import InvalidReport, NoAnswer
from tests.agent.arrange import RESULT, START, finding_of, make_door, make_task, make_toolbox, report_of
from tests.agent.test_probe_door import ask, connected

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)

CALL: dict[str, Any] = {"id": 1, "method": "tools/call", "params": {"name": "processes", "arguments": {"limit": 1}}}
TURN = {"content": [], "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}}


def spoiled(good: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The good one with some of its fields replaced."""
    return st.dictionaries(st.sampled_from(sorted(good)), JSON, max_size=3).map(lambda bad: {**good, **bad})


@given(JSON | spoiled(report_of(finding_of())) | spoiled(finding_of()).map(report_of))
def test_a_report_is_valid_or_names_a_field(content: object) -> None:
    with contextlib.suppress(InvalidReport):
        opinion = opinion_of(content, make_task())

        json.dumps([opinion.summary, [dict(finding.evidence) for finding in opinion.findings]], allow_nan=False)
        opinion.summary.encode()


@given(spoiled({**RESULT, "result": "x", "errors": [], "api_error_status": None}))
def test_a_result_holds_a_report_or_a_reason(result: dict[str, Any]) -> None:
    with contextlib.suppress(NoAnswer):
        assert report_in(result, 0.1) is not None


@given(spoiled(dict(START)) | st.dictionaries(st.text(), JSON))
def test_a_start_is_right_only_with_our_probes_alone(start: dict[str, Any]) -> None:
    if not wrong_start(start, ["processes"]):
        assert set(start["tools"]) <= {"StructuredOutput", "mcp__cortex__processes"}


@given(st.lists(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode() + b"\n")))
def test_any_bytes_can_be_fed_to_the_event_stream(chunks: list[bytes]) -> None:
    stream = EventStream("secret")
    for chunk in chunks:
        stream.feed(chunk)
    stream.finish()

    for line in stream.transcript().splitlines():
        assert isinstance(json.loads(line), dict)


TURNS = (
    JSON
    | spoiled(dict(TURN))
    | spoiled({"input_tokens": 1, "output_tokens": 1}).map(lambda usage: {**TURN, "usage": usage})
)


@given(TURNS | st.binary(), st.booleans(), st.integers(1, 50))
def test_any_answer_can_be_counted(body: object, streams: bool, size: int) -> None:
    meter = Meter(streams=streams)
    data = body if isinstance(body, bytes) else json.dumps({"type": "message_delta", **_fields(body)}).encode()
    whole = b"data: " + data + b"\n" if streams else data
    for start in range(0, len(whole), size):
        meter.feed(whole[start : start + size])
    meter.finish()

    assert price_of("claude-haiku-4-5").of(meter.so_far) >= 0


def _fields(body: object) -> dict[str, object]:
    return body if isinstance(body, dict) else {"usage": body}


@settings(deadline=None)
@given(TURNS)
def test_any_body_of_the_api_is_a_turn_or_no_answer(body: object) -> None:
    client: Any = None
    dialogue = Dialogue(client, make_task(), make_toolbox(), make_door())

    with contextlib.suppress(NoAnswer):
        assert isinstance(dialogue._take(json.dumps(body).encode()), list)


def as_line(value: object) -> bytes:
    return value.replace(b"\n", b" ") + b" " if isinstance(value, bytes) else json.dumps(value).encode()


REQUESTS = spoiled(CALL) | spoiled(CALL["params"]).map(lambda params: {**CALL, "params": params})


@settings(deadline=None, max_examples=60)
@given(st.lists((st.binary(max_size=200) | JSON | REQUESTS).map(as_line), min_size=1, max_size=6))
def test_each_line_to_the_probes_has_an_answer(lines: list[bytes]) -> None:
    async def answers() -> list[dict[str, Any]]:
        async with open_probe_door(make_toolbox(100)) as path, connected(path) as streams:
            return await ask(streams, *lines, CALL)

    for answer in asyncio.run(answers()):
        assert answer.keys() in ({"id", "result"}, {"id", "error"})

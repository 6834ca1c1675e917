"""Which span belongs to which, and what a span says."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from probed.tracing.otel_tracer import LONGEST_TEXT, OtelTracer
from probed.tracing.span_queue import SpanQueue

GIVEN = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
UNSAMPLED = GIVEN[:-1] + "0"


@dataclass
class Traced:
    tracer: OtelTracer
    exporter: InMemorySpanExporter

    def spans(self) -> dict[str, ReadableSpan]:
        self.tracer.close(10.0)
        return {span.name: span for span in self.exporter.get_finished_spans()}


@pytest.fixture
def traced() -> Iterator[Traced]:
    exporter = InMemorySpanExporter()
    built = Traced(OtelTracer(SpanQueue(exporter, "here"), {"service.name": "cortex"}), exporter)
    yield built
    built.tracer.close(1.0)


def parent_of(span: ReadableSpan) -> int | None:
    return span.parent.span_id if span.parent else None


def id_of(span: ReadableSpan) -> int:
    assert span.context
    return int(span.context.span_id)


async def test_tasks_that_are_created_within_a_span_are_parts_of_it_and_of_no_other(traced: Traced) -> None:
    async def part(name: str) -> None:
        with traced.tracer.span(name, {}):
            await asyncio.sleep(0)
            traced.tracer.tell({"of": name})

    with traced.tracer.span("run", {}):
        task = asyncio.create_task(part("later"))
        await asyncio.gather(part("one"), part("two"))
    await task

    spans = traced.spans()
    assert {parent_of(spans[name]) for name in ("one", "two", "later")} == {id_of(spans["run"])}
    assert [dict(spans[name].attributes or {}) for name in ("one", "two")] == [{"of": "one"}, {"of": "two"}]
    assert parent_of(spans["run"]) is None


def test_a_span_goes_on_from_what_was_kept_in_another_process(traced: Traced) -> None:
    with traced.tracer.span("action", {}, parent=GIVEN):
        kept = traced.tracer.here()

    assert kept.split("-")[1] == GIVEN.split("-")[1]
    assert f"{parent_of(traced.spans()['action']):016x}" == GIVEN.split("-")[2]
    assert traced.tracer.here() == ""


def test_what_it_led_to_is_a_trace_of_its_own_with_a_link(traced: Traced) -> None:
    with traced.tracer.span("around", {}), traced.tracer.span("action", {}, after=GIVEN):
        pass

    action = traced.spans()["action"]
    assert parent_of(action) is None
    assert [f"{link.context.span_id:016x}" for link in action.links] == [GIVEN.split("-")[2]]


@pytest.mark.parametrize("given", ["nonsense", "00-0-0-01", "\x00", "\ud800"])
def test_what_is_no_traceparent_is_none(traced: Traced, given: str) -> None:
    with traced.tracer.span("one", {}, parent=given), traced.tracer.span("two", {}, after=given):
        pass

    assert parent_of(traced.spans()["one"]) is None


def test_whom_the_caller_does_not_trace_is_not_traced(traced: Traced) -> None:
    with traced.tracer.span("quiet", {}, parent=UNSAMPLED):
        pass

    assert traced.spans() == {}


def test_a_block_that_raises_fails_its_span_with_the_kind_of_the_error_alone(traced: Traced) -> None:
    with pytest.raises(ValueError, match="s3cret"), traced.tracer.span("broken", {}):
        raise ValueError("s3cret of the host's")

    span = traced.spans()["broken"]
    assert (span.status.is_ok, span.status.description) == (False, "ValueError")
    assert "s3cret" not in span.to_json()


def test_what_looks_like_a_secret_is_masked_and_what_is_long_is_cut(traced: Traced) -> None:
    with traced.tracer.span("run password=hunter2", {"token": "api_key=hunter2", "long": "x" * 999}):
        traced.tracer.tell({"half": "\ud800", "count": 3})

    [span] = traced.spans().values()
    assert "hunter2" not in span.to_json()
    assert dict(span.attributes or {}) == {
        "token": "api_key=***secret***",
        "long": "x" * LONGEST_TEXT,
        "half": "?",
        "count": 3,
    }


def test_what_happened_before_the_span_keeps_its_time(traced: Traced) -> None:
    with traced.tracer.span("action", {}):
        traced.tracer.happened("approved", datetime(2026, 1, 1, tzinfo=UTC))

    [event] = traced.spans()["action"].events
    assert (event.name, event.timestamp) == ("approved", 1767225600 * 10**9)


def test_the_environment_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "planted=here")
    exporter = InMemorySpanExporter()
    tracer = OtelTracer(SpanQueue(exporter, "here"), {"service.name": "cortex"})

    with tracer.span("run", {}):
        pass
    tracer.close(10.0)

    [span] = exporter.get_finished_spans()
    assert dict(span.resource.attributes) == {"service.name": "cortex"}

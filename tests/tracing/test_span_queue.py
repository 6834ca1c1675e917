"""Whatever the collector does: nobody waits, and what is lost is counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest
from loguru import logger
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from probed.tracing import span_queue
from probed.tracing.span_queue import MOST_AT_ONCE, MOST_WAITING, SpanQueue

PLACE = "http://127.0.0.1:9"
SPAN = ReadableSpan("check")


@pytest.fixture(autouse=True)
def never_for_its_time_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long this host takes."""
    monkeypatch.setattr(span_queue, "EVERY_S", 3600.0)


class Scripted(SpanExporter):
    """Answers as the test says, once it may."""

    def __init__(self, *answers: SpanExportResult | Exception) -> None:
        self.answers = list(answers)
        self.sizes: list[int] = []
        self.began, self.may_answer = threading.Event(), threading.Event()
        self.may_answer.set()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.sizes.append(len(spans))
        self.began.set()
        self.may_answer.wait(300)
        answer = self.answers.pop(0) if self.answers else SpanExportResult.SUCCESS
        if isinstance(answer, Exception):
            raise answer
        return answer


def fill(queue: SpanQueue, count: int) -> None:
    for _ in range(count):
        queue.on_end(SPAN)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    lines: list[str] = []
    number = logger.add(lambda message: lines.append(str(message)), level="INFO")
    yield lines
    logger.remove(number)


def test_what_waits_is_delivered_at_the_end() -> None:
    exporter = Scripted()
    queue = SpanQueue(exporter, PLACE)
    fill(queue, 3)

    queue.close(60.0)

    assert exporter.sizes == [3]
    assert queue.counts == {"exported": 3, "failed": 0, "dropped": 0}


def test_many_are_delivered_at_once_without_waiting_for_the_time() -> None:
    exporter = Scripted()
    queue = SpanQueue(exporter, PLACE)

    fill(queue, MOST_AT_ONCE)

    assert exporter.began.wait(60)
    queue.close(60.0)


def test_a_full_queue_drops_and_counts_what_is_new() -> None:
    exporter = Scripted()
    exporter.may_answer.clear()
    queue = SpanQueue(exporter, PLACE)
    fill(queue, MOST_AT_ONCE)
    assert exporter.began.wait(60)

    fill(queue, MOST_WAITING + 7)
    exporter.may_answer.set()
    queue.close(60.0)

    assert queue.counts == {"exported": MOST_AT_ONCE + MOST_WAITING, "failed": 0, "dropped": 7}
    assert max(exporter.sizes) == MOST_AT_ONCE


def test_a_collector_that_hangs_holds_up_no_end_and_what_it_had_not_got_is_counted() -> None:
    exporter = Scripted()
    exporter.may_answer.clear()
    queue = SpanQueue(exporter, PLACE)
    fill(queue, MOST_AT_ONCE)
    assert exporter.began.wait(60)
    fill(queue, 5)

    queue.close(0.05)
    counts = queue.counts
    exporter.may_answer.set()

    assert counts["dropped"] == 5
    fill(queue, 1)
    assert queue.counts["dropped"] == 6


@pytest.mark.parametrize("failure", [SpanExportResult.FAILURE, ValueError("no")])
def test_what_is_not_taken_is_counted_and_told_once_for_each_change(
    failure: SpanExportResult | Exception, logged: list[str]
) -> None:
    exporter = Scripted(failure, SpanExportResult.FAILURE, SpanExportResult.SUCCESS)
    queue = SpanQueue(exporter, PLACE)

    for _ in range(3):
        exporter.began.clear()
        fill(queue, MOST_AT_ONCE)
        assert exporter.began.wait(60)
    queue.close(60.0)

    assert queue.counts == {"exported": MOST_AT_ONCE, "failed": 2 * MOST_AT_ONCE, "dropped": 0}
    told = [line.strip() for line in logged if PLACE in line]
    assert [line.split(PLACE)[1].split(";")[0].strip() for line in told] == ["takes no traces", "takes traces again"]

"""Spans on their way to the collector: a bounded queue and a thread. What is lost is counted, and nobody waits."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping

from loguru import logger
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

MOST_WAITING = 2048
MOST_AT_ONCE = 256
EVERY_S = 5.0


class SpanQueue(SpanProcessor):
    def __init__(self, exporter: SpanExporter, place: str) -> None:
        """`place`: of the collector, for the log."""
        self._exporter, self._place = exporter, place
        self._waiting: deque[ReadableSpan] = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        self._works = True
        self._counts = {"exported": 0, "failed": 0, "dropped": 0}
        self._thread = threading.Thread(target=self._export_all, name="traces", daemon=True)
        self._thread.start()

    @property
    def counts(self) -> Mapping[str, int]:
        """What became of the spans, as in `failed`: the collector did not take them; `dropped`: the queue was full, or
        the daemon ended."""
        with self._changed:
            return dict(self._counts)

    def on_end(self, span: ReadableSpan) -> None:
        with self._changed:
            if self._is_closed or len(self._waiting) >= MOST_WAITING:
                self._counts["dropped"] += 1
                return
            self._waiting.append(span)
            if len(self._waiting) >= MOST_AT_ONCE:
                self._changed.notify()

    def close(self, within_s: float) -> None:
        """Deliver what waits; what is not delivered in time is dropped. Blocks so long."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        self._thread.join(within_s)
        with self._changed:
            self._counts["dropped"] += len(self._waiting)
            self._waiting.clear()
        self._exporter.shutdown()

    def _export_all(self) -> None:
        while spans := self._next():
            self._export(spans)

    def _next(self) -> list[ReadableSpan]:
        """Empty: there are no more, and will be none."""
        with self._changed:
            while not self._is_closed and len(self._waiting) < MOST_AT_ONCE:
                is_full = self._changed.wait(EVERY_S)
                if self._waiting and not is_full:
                    break
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]

    def _export(self, spans: list[ReadableSpan]) -> None:
        try:
            is_taken = self._exporter.export(spans) is SpanExportResult.SUCCESS
        except Exception as error:  # noqa: BLE001 - recorded: traces are no reason to end
            logger.error("traces could not be sent: {}: {}", type(error).__name__, error)
            is_taken = False
        with self._changed:
            self._counts["exported" if is_taken else "failed"] += len(spans)
        self._tell(works=is_taken)

    def _tell(self, *, works: bool) -> None:
        """Once for each change."""
        if works is not self._works:
            self._works = works
            if works:
                logger.info("the collector at {} takes traces again", self._place)
            else:
                logger.warning("the collector at {} takes no traces; what it does not take is lost", self._place)

"""Spans by OpenTelemetry's SDK. Which one is open is a context variable, so that tasks inherit it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import Link, Span, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from probed.core.redaction import mask
from probed.ports import Facts
from probed.tracing.span_queue import SpanQueue

LONGEST_TEXT = 256
LIMITS = SpanLimits(
    max_span_attributes=32, max_event_attributes=8, max_events=32, max_links=4, max_attribute_length=LONGEST_TEXT
)
TRACEPARENT = "traceparent"
W3C = TraceContextTextMapPropagator()


class OtelTracer:
    def __init__(self, queue: SpanQueue, about: Mapping[str, str]) -> None:
        """`about`: what is said of this daemon as a whole, as in `service.name`."""
        self._queue = queue
        # All is named here: the environment, from which the SDK takes what it is not given, decides nothing.
        provider = TracerProvider(
            sampler=ParentBased(ALWAYS_ON), resource=Resource(dict(about)), shutdown_on_exit=False, span_limits=LIMITS
        )
        provider.add_span_processor(queue)
        self._tracer = provider.get_tracer("cortex")

    @property
    def counts(self) -> Mapping[str, int]:
        return self._queue.counts

    def close(self, within_s: float) -> None:
        """Deliver what waits; blocks so long at the most."""
        self._queue.close(within_s)

    @contextmanager
    def span(self, name: str, facts: Facts, *, parent: str = "", after: str = "") -> Iterator[Span]:
        context = _context_of(parent) if parent else Context() if after else None
        links = [Link(trace.get_current_span(_context_of(after)).get_span_context())] if after else ()
        opened = self._tracer.start_as_current_span(
            _masked(name),
            context,
            attributes=_safe(facts),
            links=links,
            record_exception=False,
            set_status_on_exception=False,
        )
        with opened as span:
            try:
                yield span
            except BaseException as error:
                self.fail(type(error).__name__)
                raise

    def tell(self, facts: Facts) -> None:
        trace.get_current_span().set_attributes(_safe(facts))

    def happened(self, event: str, at: datetime | None = None) -> None:
        trace.get_current_span().add_event(event, timestamp=round(at.timestamp() * 1e9) if at else None)

    def fail(self, why: str) -> None:
        span = trace.get_current_span()
        span.set_status(Status(StatusCode.ERROR, why))
        span.set_attribute("error.type", why)

    def here(self) -> str:
        carrier: dict[str, str] = {}
        W3C.inject(carrier)
        return carrier.get(TRACEPARENT, "")


def _context_of(traceparent: str) -> Context:
    """An empty one where it is none."""
    return W3C.extract({TRACEPARENT: traceparent}, Context())


def _safe(facts: Facts) -> Facts:
    return {name: _masked(value) if isinstance(value, str) else value for name, value in facts.items()}


def _masked(text: str) -> str:
    """A document's id or another program's name may be anything, also what cannot be encoded."""
    return mask(text).encode(errors="replace").decode()[:LONGEST_TEXT]

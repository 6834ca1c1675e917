"""A collector on loopback that takes traces by OTLP over HTTP and reads them as the protocol says."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from tests.real.post_box import PostBox, Posted, post_box

Value = str | bool | int | float


@dataclass(frozen=True)
class Taken:
    """A span, as it arrived."""

    name: str
    trace: str
    id: str
    parent: str
    """Empty: it has none."""
    links: tuple[tuple[str, str], ...]
    """Trace and span that each leads to."""
    facts: Mapping[str, Value]
    events: tuple[str, ...]
    failed: bool
    about: Mapping[str, Value]
    """The daemon as a whole."""


@dataclass(frozen=True)
class Collector:
    box: PostBox

    @property
    def endpoint(self) -> str:
        return f"{self.box.url}/v1/traces"

    @property
    def raw(self) -> bytes:
        """All that came, as it was sent."""
        return b"".join(_body(posted) for posted in self.box.posted)

    def spans(self) -> list[Taken]:
        return [span for posted in self.box.posted for span in _spans(posted)]

    def named(self, name: str) -> Taken:
        """The one of this name."""
        found = [span for span in self.spans() if span.name == name]
        assert len(found) == 1, [(span.name, span.trace, dict(span.facts)) for span in self.spans()]
        return found[0]

    def below(self, span: Taken) -> list[str]:
        """Names of the spans that are parts of it, in order."""
        return sorted(each.name for each in self.spans() if (each.trace, each.parent) == (span.trace, span.id))


@contextlib.contextmanager
def otlp_collector() -> Iterator[Collector]:
    with post_box() as box:
        box.answer = b""
        yield Collector(box)


def _spans(posted: Posted) -> Iterator[Taken]:
    assert posted.headers["content-type"] == "application/x-protobuf"
    for of_daemon in ExportTraceServiceRequest.FromString(_body(posted)).resource_spans:
        about = _facts(of_daemon.resource.attributes)
        for scope in of_daemon.scope_spans:
            yield from (_taken(span, about) for span in scope.spans)


def _body(posted: Posted) -> bytes:
    return gzip.decompress(posted.body) if posted.headers.get("content-encoding") == "gzip" else posted.body


def _taken(span: WireSpan, about: Mapping[str, Value]) -> Taken:
    return Taken(
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        facts=_facts(span.attributes),
        events=tuple(event.name for event in sorted(span.events, key=lambda event: event.time_unix_nano)),
        failed=span.status.code == Status.STATUS_CODE_ERROR,
        about=about,
    )


def _facts(attributes: Iterable[KeyValue]) -> dict[str, Value]:
    return {each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in attributes}

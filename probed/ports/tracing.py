"""Spans of what the daemon does, for whoever collects traces of a host."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Protocol

Value = str | bool | int | float
Facts = Mapping[str, Value]
"""Attributes of a span: names, ids, numbers and words of ours. A text of the host's, or of a model's, is none."""


class Tracer(Protocol):
    """What is told belongs to the span that is open in this task. A task that is created within it inherits it."""

    def span(self, name: str, facts: Facts, *, parent: str = "", after: str = "") -> AbstractContextManager[object]:
        """Open until the end of the block, which fails it by raising. `parent` and `after` are what `here` returned, in
        whatever process: a part of that, or something of its own that it led to. Without a parent it is a part of the
        span that is open here."""

    def tell(self, facts: Facts) -> None: ...

    def happened(self, event: str, at: datetime | None = None) -> None:
        """`at`: in the past; None: now."""

    def fail(self, why: str) -> None:
        """It did not do what it is for; `why` is a word of ours."""

    def here(self) -> str:
        """The open span as a W3C traceparent; empty: there is none."""


class NoTracer:
    """Nobody collects traces."""

    def span(self, name: str, facts: Facts, *, parent: str = "", after: str = "") -> AbstractContextManager[object]:
        return nullcontext()

    def tell(self, facts: Facts) -> None: ...

    def happened(self, event: str, at: datetime | None = None) -> None: ...

    def fail(self, why: str) -> None: ...

    def here(self) -> str:
        return ""


NO_TRACES: Tracer = NoTracer()

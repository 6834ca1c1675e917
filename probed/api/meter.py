"""How many requests came, how they ended and how long their answers took to begin."""

from __future__ import annotations

import time
from bisect import bisect_left
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
ROUTE = "cortex.route"
"""Where the scope holds the path as the route table has it."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(slots=True)
class Histogram:
    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    """For each bound those that took at most that long and longer than the bound before; the last has no bound."""
    total_s: float = 0.0

    def add(self, duration_s: float) -> None:
        self.counts[bisect_left(BOUNDS_S, duration_s)] += 1
        self.total_s += duration_s


class Meter:
    """Wraps the whole application. The series are by method, path of the route table and status, so they are few."""

    def __init__(self) -> None:
        self.series: dict[tuple[str, str, int], Histogram] = {}

    def around(self, app: ASGIApp) -> ASGIApp:
        async def measured(scope: Scope, receive: Receive, send: Send) -> None:
            began_s = time.perf_counter()

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._add(scope, message["status"], time.perf_counter() - began_s)
                await send(message)

            await app(scope, receive, sending)

        return measured

    def _add(self, scope: Scope, status: int, duration_s: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        series = (method, scope.get(ROUTE, "unknown"), status)
        self.series.setdefault(series, Histogram()).add(duration_s)

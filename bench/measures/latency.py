"""Answers of the API at a hundred requests a second: while nothing else happens, and while four model calls hang."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from bench.effort import Effort
from bench.load import MODELS, P95_BOUND_MS, P99_BOUND_MS, REPORT, Outcome, ask_at, hanging_models
from bench.row import Figure, Row, at_most
from tests.real.daemon import RealDaemon

REQUESTS: Mapping[str, Callable[[RealDaemon], int]] = {
    "POST a report": lambda daemon: daemon.post("/api/v1/reports", REPORT)[0],
    "GET the status": lambda daemon: daemon.get("/api/v1/status")[0],
}
QUANTILES = {"P95": (0.95, at_most(P95_BOUND_MS)), "P99": (0.99, at_most(P99_BOUND_MS))}


def measure(effort: Effort) -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as folder:
        daemon = RealDaemon(Path(folder))
        with hanging_models(daemon, effort.models) as hang:
            idle = outcomes(daemon, effort)
            hang()
            hanging = outcomes(daemon, effort)
    lost = sum(outcome.lost for outcome in (*idle.values(), *hanging.values()))
    latencies = [row for name in REQUESTS for row in rows(name, idle[name], hanging[name])]
    return [*latencies, Row("latency: requests refused or not answered", lost, "", (), at_most(0))]


def outcomes(daemon: RealDaemon, effort: Effort) -> Mapping[str, Outcome]:
    return {name: ask_at(partial(ask, daemon), effort.rate, effort.load_s) for name, ask in REQUESTS.items()}


def rows(name: str, idle: Outcome, hanging: Outcome) -> Iterator[Row]:
    for word, (share, limit) in QUANTILES.items():
        alone = idle.quantile(share)
        yield Row(f"latency: {name}, {word}", alone, "ms", (), limit)
        beside = (Figure("no model", alone),)
        yield Row(f"latency: {name}, {len(MODELS)} models hang, {word}", hanging.quantile(share), "ms", beside, limit)

"""Every list, show and status of the API, with each filter, from the first page on and from the middle, asked over the
socket of a daemon that has a million reports, once what a start itself costs is over."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

from bench.effort import Effort
from bench.filling import fill
from bench.load import P95_BOUND_MS, Outcome
from bench.row import Figure, Limit, Row, at_most
from probed.api.endpoint import Endpoint
from probed.api.query import Parameter
from probed.api.routes.table import ENDPOINTS
from probed.wire import paths
from tests.real.daemon import RealDaemon, UnixConnection

NOT_QUERIES = {
    paths.EVENTS: "a stream",
    f"{paths.INTENTS}/verify": "reads all, and takes its time",
    paths.OPENAPI: "knows nothing of the database",
}
OF_ALERTMANAGER = ("/api/v2/alerts", "/api/v2/alerts/groups", "/api/v2/silences", "/api/v2/status")
NAMES = ("inspection-1", "program-3", "nobody")
"""One of whom there is much, one of whom there is little, and one of whom there is nothing."""
FEW = 1000
SHOWN = 3
DOCUMENT = "schedule: on request\nchecks: [memory: {}]"


def measure(effort: Effort) -> Sequence[Row]:
    many = answers(effort.kept, effort)
    few = answers(FEW, effort) if effort.kept > FEW else many
    slowest = sorted(many, key=lambda query: -many[query].quantile(0.95))
    at = f"at {effort.kept:,} reports"
    return [
        *all_together(f"queries: {len(many)} of them {at}", many.values(), few.values()),
        *(slow(query, many[query], few.get(query)) for query in slowest[:SHOWN]),
    ]


def all_together(question: str, many: Iterable[Outcome], few: Iterable[Outcome]) -> Iterator[Row]:
    ours, beside = pooled(many), pooled(few)
    for word, share in {"P50": 0.50, "P95": 0.95, "P99": 0.99}.items():
        yield row(f"{question}, {word}", ours, beside, share, at_most(P95_BOUND_MS) if word == "P95" else None)


def slow(query: str, many: Outcome, few: Outcome | None) -> Row:
    """Where it holds for the slowest, it holds for all."""
    return row(f"queries: slowest, `{query.removeprefix(paths.API)}`, P95", many, few, 0.95, at_most(P95_BOUND_MS))


def row(question: str, many: Outcome, few: Outcome | None, share: float, limit: Limit | None) -> Row:
    beside = (Figure(f"at {FEW:,} reports", few.quantile(share)),) if few else ()
    return Row(question, many.quantile(share), "ms", beside, limit)


def pooled(outcomes: Iterable[Outcome]) -> Outcome:
    return Outcome([took for outcome in outcomes for took in outcome.times_ms], 0)


def answers(reports: int, effort: Effort) -> Mapping[str, Outcome]:
    """What was asked, and how long the answers took."""
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as name:
        daemon = RealDaemon(Path(name), {"monitor": {"max_size": "100GiB"}})
        daemon.document(NAMES[0], DOCUMENT)
        fill(daemon.folder / "monitor.db", reports)
        with daemon, closing(UnixConnection(daemon.socket, 30)) as connection:
            time.sleep(effort.settle_s)
            return {
                query: Outcome([ask(connection, query) for _ in range(effort.asked)], 0) for query in queries(daemon)
            }


def ask(connection: UnixConnection, query: str) -> float:
    """In milliseconds."""
    began = time.perf_counter()
    connection.request("GET", query)
    with connection.getresponse() as answer:
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{query}: {answer.status}")
    return 1000 * (time.perf_counter() - began)


def queries(daemon: RealDaemon) -> Iterator[str]:
    for endpoint in ENDPOINTS:
        if endpoint.path == paths.TREND:
            newest = daemon.get(paths.TRENDS)[1]["items"][0]
            yield f"{paths.TREND}?{urlencode({name: newest[name] for name in ('check', 'object')})}"
        elif endpoint.method == "GET" and endpoint.path not in NOT_QUERIES:
            yield from (ones if "{id}" in endpoint.path else lists)(daemon, endpoint)
    yield from OF_ALERTMANAGER


def ones(daemon: RealDaemon, endpoint: Endpoint) -> Iterator[str]:
    """The newest, or that part of it which is asked for; not every one has each part."""
    listed, _, part = endpoint.path.partition("/{id}")
    newest = daemon.get(listed)[1]["items"][0]
    query = f"{listed}/{newest['id']}{part}"
    if not part or daemon.get(query)[0] == 200:
        yield query


def lists(daemon: RealDaemon, endpoint: Endpoint) -> Iterator[str]:
    filters = [parameter for parameter in endpoint.query if parameter.name not in ("limit", "before", "label")]
    chosen = [[(parameter.name, value) for value in ("", *values_of(parameter))] for parameter in filters]
    for values in product(*chosen):
        query = f"{endpoint.path}?{urlencode([(name, value) for name, value in values if value])}".rstrip("?")
        yield query
        yield from deeper(daemon, query)


def values_of(parameter: Parameter) -> Sequence[str]:
    if "enum" in parameter.schema:
        return list(parameter.schema["enum"])
    return ("true",) if parameter.schema["type"] == "boolean" else NAMES


def deeper(daemon: RealDaemon, query: str) -> Iterator[str]:
    """From the middle of what there is on, where that is more than a page."""
    answer = daemon.get(query)[1]
    following = str(answer.get("next") or "") if isinstance(answer, dict) else ""
    if following.isdigit():
        middle = str(int(following) // 2).zfill(len(following))
        yield f"{query}{'&' if '?' in query else '?'}{urlencode({'before': middle})}"

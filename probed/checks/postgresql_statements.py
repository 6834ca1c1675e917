"""Statements that a PostgreSQL server took long for, on average since the last look (pg_stat_statements).

Parameters: `host` (/run/postgresql; a name, an address, or the folder of its socket), `port` (5432), `user` (cortex),
`dbname` (postgres), `password_file` (none; a file that nobody else can read, or `secret_command`), `sslmode` (prefer),
`timeout` (10s), `warning` (1s) and `critical` (none) for the average of a statement, `clear`, `for` (0s), `calls` (20;
of fewer since the last look nothing is said).

Each statement beyond the bounds is a finding, the worst ten of them, with its calls and its text, in which values are
`?`. A statement that has become slow lacks an index, waits for locks, or has more rows to go through than its plan
thought: look with `EXPLAIN (ANALYZE, BUFFERS)`. Wants PostgreSQL 13 or newer, the extension in `dbname`, and
`GRANT pg_monitor TO cortex`. No action fits.

Example:
  - postgresql_statements: {dbname: postgres, warning: 500ms, calls: 50}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from probed.checks.database_server import PostgresServer, not_let_in
from probed.checks.parameters import Bounds, DurationBound
from probed.config.values import Positive
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.core.threshold import Threshold
from probed.errors import Refused
from probed.host import postgresql_statistics
from probed.host.postgresql_statistics import Statement

WORST = 10
LONGEST_SUMMARY = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PostgresServer, Bounds):
    warning: DurationBound = 1.0
    critical: DurationBound = None
    clear: DurationBound = None
    calls: Annotated[int, Positive] = 20


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    try:
        counted = postgresql_statistics.statements(params.place, params.password(), deadline_s=params.timeout_s)
    except Refused as error:
        raise not_let_in(error) from error
    before = known.get("statements")
    fresh = dict(_since(before, counted)) if isinstance(before, Mapping) else {}
    often = {name: each for name, each in fresh.items() if each.calls >= params.calls}
    slowest = sorted(often, key=lambda name: often[name].total_s / often[name].calls, reverse=True)[:WORST]
    answer = [_statement(f"{name} at {params.where}", often[name], params.threshold) for name in slowest]
    total_s = sum(each.total_s for each in fresh.values())
    calls = round(sum(each.calls for each in fresh.values()))
    summary = f"{calls} calls of {len(fresh)} statements took {total_s:.1f} s since the last look"
    everything = Observation(
        f"statements at {params.where}", summary, evidence={"calls": calls, "seconds": round(total_s, 3)}
    )
    memory = {name: [each.calls, each.total_s] for name, each in counted.items()}
    return (everything, *answer), {"statements": memory}


def _since(before: Mapping[str, list[float]], counted: Mapping[str, Statement]) -> Iterator[tuple[str, Statement]]:
    """What was not there before may have been among those that took less: of it nothing is known yet."""
    for name, each in counted.items():
        calls, total_s = before.get(name, (each.calls, each.total_s))
        if each.calls < calls:  # counted anew
            calls, total_s = 0.0, 0.0
        if each.calls > calls:
            yield name, Statement(each.calls - calls, each.total_s - total_s, each.query)


def _statement(name: str, statement: Statement, threshold: Threshold) -> Observation:
    mean_s = statement.total_s / statement.calls
    evidence = {"calls": round(statement.calls), "mean_s": round(mean_s, 4), "query": statement.query}
    summary = f"{statement.query[:LONGEST_SUMMARY]} took {mean_s:.3f} s on average in {round(statement.calls)} calls"
    return Observation(name, summary, round(mean_s, 4), "s", threshold, evidence=evidence)

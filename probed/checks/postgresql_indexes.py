"""The indexes of a PostgreSQL database: those that cannot be used, that nobody uses, and tables that lack one.

Parameters: `host` (/run/postgresql; a name, an address, or the folder of its socket), `port` (5432), `user` (cortex),
`dbname` (postgres), `password_file` (none; a file that nobody else can read, or `secret_command`), `sslmode` (prefer),
`timeout` (10s), `for` (0s), `min_size` (100MB) and `unused_for` (30d) from where on an index that was never read is
told, `min_rows` (100000) and `scans` (100) for a table that was read from end to end so often since the last look, more
often than by an index.

An invalid index, left by a `CREATE INDEX CONCURRENTLY` that failed, is a warning: it costs each write and helps nobody;
`REINDEX INDEX CONCURRENTLY` or drop it. The other two are hints (info), for the digest: whether an index is read on a
standby, or once a year, only you know; those that keep rows unique never count. Each database wants an item of its own.
No action fits.

Example:
  - postgresql_indexes: {dbname: postgres, min_size: 50MB, unused_for: 60d}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from probed.checks.database_server import PostgresServer, not_let_in
from probed.checks.parameters import For, lasting
from probed.config.values import Duration, Positive, Size
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.core.size import size_text
from probed.errors import Refused
from probed.host import postgresql_statistics
from probed.host.postgresql_statistics import Index, IndexUse, Table

DAY_S = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PostgresServer):
    min_size: Annotated[int, Size] = 100_000_000
    unused_for: Annotated[float, Duration] = 30 * DAY_S
    min_rows: Annotated[int, Positive] = 100_000
    scans: Annotated[int, Positive] = 100
    for_s: For = 0.0


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    try:
        found = postgresql_statistics.index_use(
            params.place, params.password(), min_rows=params.min_rows, deadline_s=params.timeout_s
        )
    except Refused as error:
        raise not_let_in(error) from error
    before = known.get("tables")
    scans = before if isinstance(before, Mapping) else {}
    summary = f"{len(found.indexes)} indexes and {len(found.tables)} large tables in {params.dbname}"
    answer = (
        Observation(
            f"{params.dbname} at {params.where}", summary, evidence={"counted_days": round(found.counted_s / DAY_S, 1)}
        ),
        *(each for index in found.indexes if (each := _index(index, found, params))),
        *(each for name, table in found.tables.items() if (each := _table(name, table, scans.get(name), params))),
    )
    memory = {name: [each.sequential_scans, each.index_scans] for name, each in found.tables.items()}
    return answer, {"tables": memory}


def _index(index: Index, found: IndexUse, params: Params) -> Observation | None:
    size, days = size_text(index.size_bytes), found.counted_s / DAY_S
    if not index.is_valid and not index.is_being_built:
        fault, severity = f"cannot be used: it was not built to its end ({size})", Severity.WARNING
    elif _is_unused(index, params) and found.counted_s >= params.unused_for:
        fault, severity = f"was never read in {days:.0f} days and takes {size}", Severity.INFO
    else:
        return None
    evidence = {"table": index.table, "size_bytes": index.size_bytes, "scans": index.scans}
    return Observation(
        f"{index.name} in {params.dbname} at {params.where}",
        f"the index {index.name} {fault}",
        threshold=lasting(params.for_s),
        severity=severity,
        evidence=evidence,
    )


def _is_unused(index: Index, params: Params) -> bool:
    return index.is_valid and index.scans == 0 and not index.is_constraint and index.size_bytes >= params.min_size


def _table(name: str, table: Table, before: list[int] | None, params: Params) -> Observation | None:
    if before is None or table.sequential_scans < before[0] or table.index_scans < before[1]:  # new, or counted anew
        return None
    sequential, by_index = table.sequential_scans - before[0], table.index_scans - before[1]
    if sequential < params.scans or sequential <= by_index:
        return None
    summary = f"the table {name} with {table.rows} rows was read from end to end {sequential} times since the last look"
    evidence = {"rows": table.rows, "sequential_scans": sequential, "index_scans": by_index}
    return Observation(
        f"{name} in {params.dbname} at {params.where}",
        summary,
        threshold=lasting(params.for_s),
        severity=Severity.INFO,
        evidence=evidence,
    )

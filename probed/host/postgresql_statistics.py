"""What a PostgreSQL server counts about itself, in views that are there for monitoring. Nothing is changed.

Whoever may not see the sessions of others is told so (NotHere), since counting only one's own would look healthy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from probed.errors import NotHere
from probed.host.postgresql import Place, connected

LONGEST_TEXT = 300
MOST_STATEMENTS = 300
MOST_RELATIONS = 200
LITERAL = re.compile(
    r"""(?P<kept>"[^"]*")|(?P<remark>--[^\n]*|/\*.*?(?:\*/|$))"""
    r"""|\b[eE]'(?:[^'\\]|''|\\.)*(?:'|$)|'(?:[^']|'')*(?:'|$)|\$(?P<tag>[a-zA-Z_]*)\$.*?(?:\$(?P=tag)\$|$)"""
    r"""|(?<![$\w])\d+(?:\.\d+)?\b""",
    re.DOTALL,
)

MAY_SEE = "SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE')"
CONNECTIONS = """
SELECT coalesce(usename::text, '?'), coalesce(application_name, ''), coalesce(state, '?'), count(*)
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
GROUP BY 1, 2, 3 ORDER BY 4 DESC"""
LIMIT = """
SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
  - coalesce(current_setting('reserved_connections', true)::int, 0)"""
SESSIONS = """
SELECT pid, coalesce(usename::text, '?'), coalesce(datname::text, '?'), coalesce(application_name, ''), state,
  coalesce(wait_event_type, ''), extract(epoch FROM clock_timestamp() - query_start)::float8,
  extract(epoch FROM clock_timestamp() - state_change)::float8, left(query, 1000), pg_blocking_pids(pid)
FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'
ORDER BY query_start LIMIT 1000"""
HAS_STATEMENTS = """
SELECT (SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'),
  coalesce(current_setting('pg_stat_statements.max', true), '')"""
STATEMENTS = """
SELECT queryid::text, sum(calls)::float8, sum(total_exec_time)::float8, left(min(query), 1000)
FROM pg_stat_statements WHERE queryid IS NOT NULL
GROUP BY queryid ORDER BY 3 DESC LIMIT %s"""
COUNTED_SINCE = """
SELECT extract(epoch FROM now() - coalesce(stats_reset, pg_postmaster_start_time()))::float8
FROM pg_stat_database WHERE datname = current_database()"""
INDEXES = """
SELECT s.schemaname || '.' || s.indexrelname, s.schemaname || '.' || s.relname, pg_relation_size(s.indexrelid),
  s.idx_scan::bigint, i.indisvalid, i.indisunique OR i.indisexclusion,
  EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = s.indexrelid)
FROM pg_stat_user_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid
ORDER BY i.indisvalid, pg_relation_size(s.indexrelid) DESC LIMIT %s"""
TABLES = """
SELECT schemaname || '.' || relname, n_live_tup::bigint, coalesce(seq_scan, 0)::bigint, coalesce(idx_scan, 0)::bigint
FROM pg_stat_user_tables WHERE n_live_tup >= %s ORDER BY n_live_tup DESC LIMIT %s"""

AGES = """
SELECT datname::text, age(datfrozenxid)::bigint, mxid_age(datminmxid)::bigint FROM pg_database
ORDER BY greatest(age(datfrozenxid), mxid_age(datminmxid)) DESC"""
HOLDERS = """
SELECT what, age FROM (
  SELECT 'replication slot ' || slot_name AS what, greatest(age(xmin), age(catalog_xmin))::bigint AS age
  FROM pg_replication_slots
  UNION ALL SELECT 'prepared transaction ' || gid, age(transaction)::bigint FROM pg_prepared_xacts
  UNION ALL SELECT 'session ' || pid, age(backend_xmin)::bigint FROM pg_stat_activity WHERE pid <> pg_backend_pid()
) AS held WHERE age IS NOT NULL ORDER BY age DESC LIMIT 5"""


@dataclass(frozen=True, slots=True)
class TransactionAge:
    """Numbers that were given out since the oldest one that still counts."""

    dbname: str
    transactions: int
    multixacts: int


@dataclass(frozen=True, slots=True)
class Holder:
    """What keeps vacuum from taking old rows out of the count."""

    what: str
    age: int


@dataclass(frozen=True, slots=True)
class Clients:
    """Ordinary clients, without this one."""

    user: str
    application: str
    state: str
    count: int


@dataclass(frozen=True, slots=True)
class Session:
    pid: int
    user: str
    dbname: str
    application: str
    state: str
    waits_for: str
    """The kind of wait, `Lock` among them; empty: it works."""
    query_s: float
    """Since its query began."""
    state_s: float
    """Since it is in this state."""
    query: str
    """Without its literals."""
    blocked_by: Sequence[int]


@dataclass(frozen=True, slots=True)
class Statement:
    calls: float
    total_s: float
    query: str
    """Without its literals."""


@dataclass(frozen=True, slots=True)
class Index:
    name: str
    table: str
    size_bytes: int
    scans: int
    is_valid: bool
    is_constraint: bool
    """It keeps rows unique, whether anybody reads it or not."""
    is_being_built: bool


@dataclass(frozen=True, slots=True)
class Table:
    rows: int
    sequential_scans: int
    index_scans: int


@dataclass(frozen=True, slots=True)
class IndexUse:
    counted_s: float
    """For so long at least."""
    indexes: Sequence[Index]
    tables: Mapping[str, Table]


def connections(place: Place, password: str, *, deadline_s: float) -> tuple[int, Sequence[Clients]]:
    """How many there may be of ordinary users, and who has them. Raises NotHere, Refused, HostFailed."""
    with connected(place, password, deadline_s=deadline_s) as connection:
        _require_sight(connection, place)
        [[limit]] = _rows(connection, LIMIT)
        return limit, [Clients(*row) for row in _rows(connection, CONNECTIONS)]


def sessions(place: Place, password: str, *, deadline_s: float) -> Sequence[Session]:
    """Those that do something, the oldest query first. Raises NotHere, Refused, HostFailed."""
    with connected(place, password, deadline_s=deadline_s) as connection:
        _require_sight(connection, place)
        rows = _rows(connection, SESSIONS)
    return [replace(each, query=without_literals(each.query or "")) for each in (Session(*row) for row in rows)]


def statements(place: Place, password: str, *, deadline_s: float) -> Mapping[str, Statement]:
    """Those that took most of the server's time, by their id. Raises NotHere, Refused, HostFailed."""
    with connected(place, password, deadline_s=deadline_s) as connection:
        _require_sight(connection, place)
        [[installed, setting]] = _rows(connection, HAS_STATEMENTS)
        if not setting:
            remedy = "set shared_preload_libraries = 'pg_stat_statements' in postgresql.conf and restart the server"
            raise NotHere("pg_stat_statements", remedy)
        if not installed:
            raise NotHere(f"pg_stat_statements in {place.dbname}", "CREATE EXTENSION pg_stat_statements")
        rows = _rows(connection, STATEMENTS, MOST_STATEMENTS)
    return {name: Statement(calls, total_ms / 1000, without_literals(text)) for name, calls, total_ms, text in rows}


def index_use(place: Place, password: str, *, min_rows: int, deadline_s: float) -> IndexUse:
    """Of one database: its indexes, those that cannot be used and the largest first, and its tables with so many rows.
    Raises Refused, HostFailed."""
    with connected(place, password, deadline_s=deadline_s) as connection:
        [[counted_s]] = _rows(connection, COUNTED_SINCE)
        indexes = [Index(*row) for row in _rows(connection, INDEXES, MOST_RELATIONS)]
        tables = {name: Table(*row) for name, *row in _rows(connection, TABLES, min_rows, MOST_RELATIONS)}
    return IndexUse(counted_s, indexes, tables)


def transaction_ages(place: Place, password: str, *, deadline_s: float) -> tuple[list[TransactionAge], list[Holder]]:
    """Of each database, the oldest first; and the oldest of what holds it up, as far as this user sees it. Raises
    Refused, HostFailed."""
    with connected(place, password, deadline_s=deadline_s) as connection:
        ages = [TransactionAge(*row) for row in _rows(connection, AGES)]
        return ages, [Holder(*row) for row in _rows(connection, HOLDERS)]


def without_literals(query: str) -> str:
    """On one line, and no longer than is of use; a value may be personal or secret."""
    return " ".join(LITERAL.sub(_shown, query).split())[:LONGEST_TEXT]


def _shown(part: re.Match[str]) -> str:
    if part["kept"]:
        return part["kept"]
    return " " if part["remark"] else "?"


def _require_sight(connection: Any, place: Place) -> None:
    [[may_see]] = _rows(connection, MAY_SEE)
    if not may_see:
        raise NotHere(f"what others do on the server, for {place.user}", f"GRANT pg_monitor TO {place.user}")


def _rows(connection: Any, query: str, *values: object) -> list[list[Any]]:
    return [list(row) for row in cast(Any, connection.execute(query, values or None)).fetchall()]

"""What takes too long on a PostgreSQL server at this moment: queries, transactions nobody ends, waits for a lock.

Parameters: `host` (/run/postgresql; a name, an address, or the folder of its socket), `port` (5432), `user` (cortex),
`dbname` (postgres), `password_file` (none; a file that nobody else can read, or `secret_command`), `sslmode` (prefer),
`timeout` (10s), `warning` (15m) and `critical` (1h) for a query, `clear`, `for` (0s), `idle_in_transaction` (10m) and
`locked` (1m; both a warning, or off), `exclude` (pg_dump, pg_dumpall, pg_restore; users and names of applications that
do not count, and shell patterns).

Three observations, each for the longest of its kind in any database: `query`, `idle in transaction` (it keeps its
locks, and dead rows from being cleaned away) and `lock` (it waits for another, whose pid the evidence has). VACUUM,
ANALYZE, CREATE INDEX and the like may take as long as they want. The evidence has the worst five, with their values as
`?`. The user needs `GRANT pg_monitor TO cortex`. `SELECT pg_cancel_backend(PID)` ends a query,
`pg_terminate_backend` a session; no action fits.

Example:
  - postgresql_queries: {warning: 5m, critical: 30m, exclude: [pg_dump, reporting]}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from probed.checks.database_server import PostgresServer, not_let_in
from probed.checks.parameters import Bounds, DurationBound
from probed.config.values import Names
from probed.core.observation import CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.core.threshold import Threshold
from probed.errors import Refused
from probed.host import postgresql_statistics
from probed.host.postgresql_statistics import Session

WORST = 5
IDLE_IN_TRANSACTION = ("idle in transaction", "idle in transaction (aborted)")
MAINTENANCE = re.compile(
    r"\s*(?:VACUUM|ANALYZE|CLUSTER|REINDEX|CHECKPOINT|CREATE\s+(?:UNIQUE\s+)?INDEX|REFRESH\s+MATERIALIZED)\b", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PostgresServer, Bounds):
    warning: DurationBound = 900.0
    critical: DurationBound = 3600.0
    clear: DurationBound = None
    idle_in_transaction: DurationBound = 600.0
    locked: DurationBound = 60.0
    exclude: Annotated[tuple[str, ...], Names] = ("pg_dump", "pg_dumpall", "pg_restore")


def look(params: Params) -> CheckAnswer:
    try:
        found = postgresql_statistics.sessions(params.place, params.password(), deadline_s=params.timeout_s)
    except Refused as error:
        raise not_let_in(error) from error
    counted = [each for each in found if not fits_any(each.user, params.exclude)]
    counted = [each for each in counted if not fits_any(each.application, params.exclude)]
    idle = [each for each in counted if each.state in IDLE_IN_TRANSACTION]
    locked = [each for each in counted if each.state == "active" and each.waits_for == "Lock"]
    working = [each for each in counted if each.state == "active" and not MAINTENANCE.match(each.query)]
    idle_bound, lock_bound = _bound(params.idle_in_transaction, params), _bound(params.locked, params)
    kinds = (
        ("query", working, lambda each: each.query_s, params.threshold),
        ("idle in transaction", idle, lambda each: each.state_s, idle_bound),
        ("lock", locked, lambda each: each.query_s, lock_bound),
    )
    return tuple(_longest(*kind, where=params.where) for kind in kinds)


def _bound(warning_s: float | None, params: Params) -> Threshold:
    return Threshold(warning=warning_s, for_s=params.for_s)


def _longest(
    what: str, sessions: Sequence[Session], seconds_of: Callable[[Session], float], threshold: Threshold, *, where: str
) -> Observation:
    worst = sorted(sessions, key=seconds_of, reverse=True)[:WORST]
    if not worst:
        return Observation(f"{what} at {where}", f"no session ({what})", 0.0, "s", threshold, evidence={"sessions": []})
    first, seconds = worst[0], round(seconds_of(worst[0]), 1)
    holder = f" of pid {first.blocked_by[0]}" if first.blocked_by else ""
    words = {"query": "has run a query", "lock": f"has waited for a lock{holder}"}.get(what, f"has been {what}")
    summary = f"{first.user} in {first.dbname} (pid {first.pid}) {words} for {seconds:g} s"
    evidence = {"sessions": [_facts(each, seconds_of(each)) for each in worst], "count": len(sessions)}
    return Observation(f"{what} at {where}", summary, seconds, "s", threshold, evidence=evidence)


def _facts(session: Session, seconds: float) -> dict[str, object]:
    return {
        "pid": session.pid,
        "user": session.user,
        "database": session.dbname,
        "application": session.application,
        "seconds": round(seconds, 1),
        "blocked_by": list(session.blocked_by),
        "query": session.query,
    }

"""How many of a PostgreSQL server's connections are taken, in percent of those that ordinary users can have.

Parameters: `host` (/run/postgresql; a name, an address, or the folder of its socket), `port` (5432), `user` (cortex),
`dbname` (postgres), `password_file` (none; a file that nobody else can read, or `secret_command`), `sslmode` (prefer),
`timeout` (10s), `warning` (80%), `critical` (95%), `clear` (70%), `for` (0s).

Who finds none left is refused, the application as well as the person who wants to look; where that has come to this
check itself, it is critical. The evidence says who has them,
and how many wait idle in an open transaction: mostly a pool that is too large, or a program that does not give back.
The user needs `GRANT pg_monitor TO cortex` to see others; whether the server answers at all is what `postgresql` tells.
No action fits.

Example:
  - postgresql_connections: {host: /run/postgresql, warning: 75%}
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from probed.checks.database_server import PostgresServer, not_let_in
from probed.checks.parameters import PercentBound, PercentBounds
from probed.core.observation import CheckAnswer, Observation
from probed.errors import NoneLeft, Refused
from probed.host import postgresql_statistics

MOST_CLIENTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PostgresServer, PercentBounds):
    warning: PercentBound = 80.0
    critical: PercentBound = 95.0
    clear: PercentBound = 70.0


def look(params: Params) -> CheckAnswer:
    try:
        limit, clients = postgresql_statistics.connections(params.place, params.password(), deadline_s=params.timeout_s)
    except Refused as error:
        raise not_let_in(error) from error
    except NoneLeft as error:
        return (_none_left(str(error), params),)
    used = sum(each.count for each in clients)
    percent = round(100.0 * used / limit, 1)
    states, owners = Counter[str](), Counter[str]()
    for each in clients:
        states[each.state] += each.count
        owners[f"{each.user} {each.application}".strip()] += each.count
    evidence = {
        "used": used,
        "limit": limit,
        "states": dict(states),
        "clients": dict(owners.most_common(MOST_CLIENTS)),
    }
    summary = f"{used} of {limit} connections are taken, {percent:g}%"
    return (Observation(f"connections at {params.where}", summary, percent, "%", params.threshold, evidence=evidence),)


def _none_left(reason: str, params: Params) -> Observation:
    """Whatever bounds there are, it counts as critical."""
    threshold = replace(params.threshold, critical=100.0)
    summary = f"no connection is left at {params.where}: {reason}"
    return Observation(f"connections at {params.where}", summary, 100.0, "%", threshold, evidence={"error": reason})

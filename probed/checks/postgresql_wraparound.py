"""How near a PostgreSQL server is to the end of its transaction numbers, in percent, by database.

Parameters: `host` (/run/postgresql; a name, an address, or the folder of its socket), `port` (5432), `user` (cortex),
`dbname` (postgres), `password_file` (none; a file that nobody else can read, or `secret_command`), `sslmode` (prefer),
`timeout` (10s), `warning` (40%), `critical` (70%), `clear` (30%), `for` (0s).

Vacuum takes old rows out of the count; as a rule it begins at 10 percent (autovacuum_freeze_max_age). Where it does not
get on, the server refuses every write at 100 percent, for hours or days. What holds it up is mostly a transaction that
was never ended (`postgresql_queries`), a prepared one or a replication slot that nobody uses any more; the evidence has
the oldest of these. Numbers of multixacts (rows that several lock) count alike. End what holds it up, then `VACUUM
(FREEZE, VERBOSE)` in that database. No action fits.

Example:
  - postgresql_wraparound: {host: /run/postgresql, warning: 30%}
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.checks.database_server import PostgresServer, not_let_in
from probed.checks.parameters import PercentBound, PercentBounds
from probed.core.observation import CheckAnswer, Observation
from probed.errors import Refused
from probed.host import postgresql_statistics
from probed.host.postgresql_statistics import Holder, TransactionAge

NUMBERS = 2**31
"""After so many nothing would tell the past from the future."""
MOST_DATABASES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PostgresServer, PercentBounds):
    warning: PercentBound = 40.0
    critical: PercentBound = 70.0
    clear: PercentBound = 30.0


def look(params: Params) -> CheckAnswer:
    place, password = params.place, params.password()
    try:
        ages, holders = postgresql_statistics.transaction_ages(place, password, deadline_s=params.timeout_s)
    except Refused as error:
        raise not_let_in(error) from error
    return tuple(_observation(each, holders, params) for each in ages[:MOST_DATABASES])


def _observation(age: TransactionAge, holders: list[Holder], params: Params) -> Observation:
    percent = round(100.0 * max(age.transactions, age.multixacts) / NUMBERS, 6)
    evidence = {
        "transactions": age.transactions,
        "multixacts": age.multixacts,
        "held_by": [{"what": each.what, "age": each.age} for each in holders],
    }
    summary = f"{age.dbname} has used {percent:.1f}% of its transaction numbers"
    name = f"{age.dbname} at {params.where}"
    return Observation(name, summary, percent, "%", params.threshold, evidence=evidence)

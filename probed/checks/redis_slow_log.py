"""Commands that a Redis server took long for since the last look: while it works on one, everybody else waits.

Parameters: `host` (127.0.0.1; a name, an address, or the path of its socket), `port` (6379), `username` (none),
`password_file` (none; a file that nobody else can read, or `secret_command`), `tls` (false), `timeout` (10s),
`slower_than` (100ms), `warning` (10) and `critical` (none) for the number of such commands, `clear`, `for` (0s).

What the slow log held before the first look does not count; the server writes down what takes longer than its own
`slowlog-log-slower-than`, and keeps the newest `slowlog-max-len`, of which the newest 128 are looked at. The evidence
has the slowest, each with its first argument, which mostly is the key; never a value. Mostly it is `KEYS`, a script, or
a whole big key (`redis_keys`) that is read or removed at once: `SCAN`, smaller keys and `UNLINK` help. No action fits.

Example:
  - redis_slow_log: {host: 127.0.0.1, slower_than: 50ms, warning: 20}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.checks.database_server import RedisServer, not_let_in
from probed.checks.parameters import Bounds, NumberBound
from probed.config.values import Duration
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.errors import Refused
from probed.host import redis_statistics

SLOWEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(RedisServer, Bounds):
    slower_than_s: Annotated[float, Duration, Field(alias="slower_than")] = 0.1
    warning: NumberBound = 10.0
    critical: NumberBound = None
    clear: NumberBound = None


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    try:
        log = redis_statistics.slow_log(params.place, params.password(), deadline_s=params.timeout_s)
    except Refused as error:
        raise not_let_in(error) from error
    newest = max((each.number for each in log.commands), default=-1)
    seen = known.get("newest", newest) if known.get("run_id", log.run_id) == log.run_id else -1
    fresh = [each for each in log.commands if each.number > int(str(seen)) and each.seconds >= params.slower_than_s]
    slowest = sorted(fresh, key=lambda each: -each.seconds)[:SLOWEST]
    evidence = {
        "count": len(fresh),
        "slower_than_s": max(params.slower_than_s, log.slower_than_s or 0.0),
        "slowest": [{"command": each.command, "seconds": each.seconds, "at": each.at} for each in slowest],
    }
    worst = f"; {slowest[0].command} took {slowest[0].seconds:.3f} s" if slowest else ""
    summary = f"{len(fresh)} slow commands since the last look{worst}"
    seen_now = Observation(
        f"slow log at {params.where}", summary, len(fresh), "commands", params.threshold, evidence=evidence
    )
    return (seen_now,), {"run_id": log.run_id, "newest": newest}

"""Whether a Redis server has places for its clients, can save, and a replica has its primary.

Parameters: `host` (127.0.0.1; a name, an address, or the path of its socket), `port` (6379), `username` (none),
`password_file` (none; a file that nobody else can read, or `secret_command`), `tls` (false), `timeout` (10s),
`link_for` (1m), how long a replica must be without its primary.

Clients that were turned away since the last look (`maxclients`) are a warning: a pool that is too large, or a program
that gives nothing back. A snapshot or a log that could not be written is critical and stays so until one works: what
the server holds is lost with it, and with `stop-writes-on-bgsave-error` it refuses writes. A replica without its
primary is critical: it serves old data. How much memory it has is told by `redis_memory`. No action fits.

Example:
  - redis_state: {host: 127.0.0.1, link_for: 2m}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from probed.checks.database_server import RedisServer, not_let_in
from probed.checks.parameters import lasting
from probed.config.values import Duration
from probed.core.finding import Severity
from probed.core.inspection import age_text
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.errors import Refused
from probed.host import redis_statistics
from probed.host.redis_statistics import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(RedisServer):
    link_for: Annotated[float, Duration] = 60.0


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    try:
        state = redis_statistics.state(params.place, params.password(), deadline_s=params.timeout_s)
    except Refused as error:
        raise not_let_in(error) from error
    before = known.get("rejected")
    is_same = known.get("run_id") == state.run_id and isinstance(before, int)
    rejected = state.rejected - int(str(before)) if is_same else 0
    answer = (_clients(rejected, params), _saving(state, params), *_replication(state, params))
    return answer, {"run_id": state.run_id, "rejected": state.rejected}


def _clients(rejected: int, params: Params) -> Observation:
    summary = f"{rejected} clients were turned away since the last look"
    severity = Severity.WARNING if rejected > 0 else None
    return Observation(f"clients at {params.where}", summary, severity=severity, evidence={"rejected": rejected})


def _saving(state: State, params: Params) -> Observation:
    failed = list(state.failed)
    summary = f"{' and '.join(failed)} failed the last time" if failed else "nothing that it saves has failed"
    severity = Severity.CRITICAL if failed else None
    return Observation(f"saving at {params.where}", summary, severity=severity, evidence={"failed": failed})


def _replication(state: State, params: Params) -> tuple[Observation, ...]:
    if not state.primary:
        return ()
    name, evidence = f"replication at {params.where}", {"primary": state.primary, "down_s": state.down_s}
    if state.is_linked:
        return (Observation(name, f"it follows {state.primary}", evidence=evidence),)
    since = f" since {age_text(state.down_s)}" if state.down_s else ""
    summary = f"it has lost its primary {state.primary}{since}"
    threshold, severity = lasting(params.link_for), Severity.CRITICAL
    return (Observation(name, summary, threshold=threshold, severity=severity, evidence=evidence),)

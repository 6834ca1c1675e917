"""How much of its memory a Redis server uses, in percent of `maxmemory`, else of the host's.

Parameters: `host` (127.0.0.1; a name, an address, or the path of its socket), `port` (6379), `username` (none),
`password_file` (none; a file that nobody else can read, or `secret_command`), `tls` (false), `timeout` (10s), `warning`
(80%), `critical` (95%), `clear` (70%), `for` (0s), `fragmentation` (2.0, or off; memory taken by memory used, from
where on and beyond 256 MiB of difference it is a warning).

A server that drops keys when it is full (any policy but `noeviction`) is a cache and meant to be full: there `memory`
is only measured. Writes that the server refused for lack of memory since the last look are critical in any case: its
clients lose what they wanted to keep. Raise `maxmemory`, let keys expire, or look for big ones (`redis_keys`); `MEMORY
PURGE` or a restart gives fragmented memory back. No action fits.

Example:
  - redis_memory: {host: 127.0.0.1, warning: 75%}
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.checks.database_server import RedisServer, not_let_in
from probed.checks.parameters import NumberBound, PercentBound, PercentBounds
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.core.size import size_text
from probed.core.threshold import Threshold
from probed.errors import Refused
from probed.host import redis_statistics
from probed.host.redis_statistics import MemoryUse

LITTLE_BYTES = 256 * 2**20
"""What is split up within so much is nobody's trouble."""
KEEPS_ALL = "noeviction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(RedisServer, PercentBounds):
    warning: PercentBound = 80.0
    critical: PercentBound = 95.0
    clear: PercentBound = 70.0
    fragmentation: NumberBound = 2.0


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    try:
        use = redis_statistics.memory_use(params.place, params.password(), deadline_s=params.timeout_s)
    except Refused as error:
        raise not_let_in(error) from error
    before = known.get("refused")
    is_same = known.get("run_id") == use.run_id and isinstance(before, int)
    refused = use.refused - int(str(before)) if is_same else 0
    answer = (_memory(use, params), _fragmentation(use, params), _writes(refused, params))
    return answer, {"run_id": use.run_id, "refused": use.refused}


def _memory(use: MemoryUse, params: Params) -> Observation:
    limit = use.limit_bytes or use.host_bytes
    percent = round(100.0 * use.used_bytes / limit, 1) if limit else 0.0
    threshold = params.threshold if use.policy == KEEPS_ALL or not use.limit_bytes else None
    evidence = {
        "used_bytes": use.used_bytes,
        "limit_bytes": limit,
        "is_maxmemory": bool(use.limit_bytes),
        "policy": use.policy,
        "evicted_keys": use.evicted,
    }
    of = "maxmemory" if use.limit_bytes else "the host's memory"
    summary = f"{size_text(use.used_bytes)} are used, {percent:g}% of {of}"
    return Observation(f"memory at {params.where}", summary, percent, "%", threshold, evidence=evidence)


def _fragmentation(use: MemoryUse, params: Params) -> Observation:
    is_little = use.fragmentation_bytes < LITTLE_BYTES
    threshold = None if is_little else Threshold(warning=params.fragmentation, for_s=params.for_s)
    evidence = {"ratio": use.fragmentation, "bytes": use.fragmentation_bytes}
    summary = f"{use.fragmentation:g} times the memory that is used is taken"
    return Observation(f"fragmentation at {params.where}", summary, use.fragmentation, "", threshold, evidence=evidence)


def _writes(refused: int, params: Params) -> Observation:
    summary = f"{refused} writes were refused for lack of memory since the last look"
    severity = Severity.CRITICAL if refused > 0 else None
    return Observation(f"writes at {params.where}", summary, severity=severity, evidence={"refused": refused})

"""Big keys of a Redis server: one command on such a key holds up everybody, and it cannot be spread.

Parameters: `host` (127.0.0.1; a name, an address, or the path of its socket), `port` (6379), `username` (none),
`password_file` (none; a file that nobody else can read, or `secret_command`), `tls` (false), `timeout` (10s),
`database` (0), `keys` (2000; about so many are looked at each time), `warning` (64MB) and `critical` (none) for the
memory of a key, `clear`, `for` (0s), `exclude` (none; keys and shell patterns).

Each look goes on where the last one ended, over restarts of the daemon too, so that the server is never asked for much
at once: with 2000 keys each 15 minutes a million is through within a week. Each key beyond the bounds is a finding, the
biggest twenty of them, and is looked at each time until it is smaller or gone. Sizes of nested keys are an estimate of
the server's own from a few of what they hold. Split the key, or let it expire; remove it with `UNLINK`. No action fits.

Example:
  - redis_keys: {database: 0, warning: 10MB, exclude: ["cache:*"]}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.checks.database_server import RedisServer, not_let_in
from probed.checks.parameters import Bounds, SizeBound
from probed.config.values import Names
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.core.pattern import fits_any
from probed.core.size import size_text
from probed.core.text import storable
from probed.core.threshold import Threshold
from probed.errors import Refused
from probed.host import redis_statistics
from probed.host.redis_statistics import Key

BIGGEST = 20
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(RedisServer, Bounds):
    database: Annotated[int, Field(ge=0, le=1023)] = 0
    keys: Annotated[int, Field(ge=1, le=100_000)] = 2000
    warning: SizeBound = 64_000_000
    critical: SizeBound = None
    clear: SizeBound = None
    exclude: Annotated[tuple[str, ...], Names] = ()


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    watched = known.get("big")
    try:
        looked = redis_statistics.keys(
            params.place,
            params.password(),
            database=params.database,
            cursor=int(str(known.get("cursor", 0))),
            count=params.keys,
            known=[bytes.fromhex(name) for name in watched] if isinstance(watched, Sequence) else [],
            deadline_s=params.timeout_s,
        )
    except Refused as error:
        raise not_let_in(error) from error
    names = sorted(looked.found, key=lambda name: -looked.found[name].size_bytes)
    counted = [name for name in names if not fits_any(_shown(name), params.exclude)]
    threshold = params.threshold
    least = min((each for each in (threshold.clear, threshold.warning, threshold.critical) if each), default=0.0)
    big = [name for name in counted if least and looked.found[name].size_bytes >= least][:BIGGEST]
    where = f"; the biggest has {size_text(looked.found[counted[0]].size_bytes)}" if counted else ""
    summary = f"{looked.looked_at} keys were looked at{where}"
    place = f"database {params.database} at {params.where}"
    everything = Observation(place, summary, evidence={"looked_at": looked.looked_at})
    answer = (everything, *(_key(name, looked.found[name], place, threshold) for name in big))
    return answer, {"cursor": looked.cursor, "big": [name.hex() for name in big]}


def _shown(name: bytes) -> str:
    return storable(name.decode(errors="backslashreplace"))[:LONGEST_NAME]


def _key(name: bytes, key: Key, place: str, threshold: Threshold) -> Observation:
    shown = _shown(name)
    summary = f"the {key.kind} {shown} takes {size_text(key.size_bytes)}"
    evidence = {"size_bytes": key.size_bytes, "type": key.kind}
    return Observation(f"{shown} in {place}", summary, key.size_bytes, "B", threshold, evidence=evidence)

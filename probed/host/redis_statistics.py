"""What a Redis server knows about itself, its slow commands and its keys. Nothing is changed, no value is read, and
only commands that take a moment are sent."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from probed.errors import NotHere
from probed.host.redis import Place, connected

NEWEST = 128
PAGE = 250
"""Keys, each question; the server does nothing else meanwhile."""
LONGEST_NAME = 200
SAVING = {
    "rdb_last_bgsave_status": "its snapshot",
    "aof_last_bgrewrite_status": "the rewriting of its log",
    "aof_last_write_status": "the writing of its log",
}
"""By the field that says how it ended."""


@dataclass(frozen=True, slots=True)
class MemoryUse:
    used_bytes: int
    limit_bytes: int
    """0: none of its own."""
    host_bytes: int
    policy: str
    """What it drops when it is full; `noeviction`: nothing, and it refuses writes instead."""
    fragmentation: float
    """What the system gave it, by what it uses."""
    fragmentation_bytes: int
    refused: int
    """Writes for which there was no memory, since it was started."""
    evicted: int
    run_id: str


@dataclass(frozen=True, slots=True)
class State:
    rejected: int
    """Clients for whom there was no place (`maxclients`), since it was started."""
    failed: Sequence[str]
    """Ways of saving that failed the last time."""
    primary: str
    """Of a replica; empty: it is none."""
    is_linked: bool
    down_s: float
    """For how long the link to the primary is down."""
    run_id: str


@dataclass(frozen=True, slots=True)
class SlowCommand:
    number: int
    at: float
    seconds: float
    command: str
    """Its name and its first argument, mostly the key; never a value."""


@dataclass(frozen=True, slots=True)
class SlowLog:
    run_id: str
    slower_than_s: float | None
    """From where on the server writes a command down; None: it does not say."""
    commands: Sequence[SlowCommand]


@dataclass(frozen=True, slots=True)
class Key:
    size_bytes: int
    kind: str
    """As `TYPE` says it: string, list, set, zset, hash, stream."""


@dataclass(frozen=True, slots=True)
class Keys:
    cursor: int
    """Where the next look goes on; 0: from the beginning."""
    looked_at: int
    found: Mapping[bytes, Key]


def memory_use(place: Place, password: str, *, deadline_s: float) -> MemoryUse:
    """Raises NotHere, Refused, HostFailed."""
    with connected(place, password, deadline_s=deadline_s) as client, _allowed("INFO", place):
        info: Mapping[str, Any] = client.info("everything")  # type: ignore[assignment]
    out_of_memory = info.get("errorstat_OOM", {})
    return MemoryUse(
        used_bytes=int(info["used_memory"]),
        limit_bytes=int(info.get("maxmemory", 0)),
        host_bytes=int(info.get("total_system_memory", 0)),
        policy=str(info.get("maxmemory_policy", "noeviction")),
        fragmentation=float(info.get("mem_fragmentation_ratio", 1.0)),
        fragmentation_bytes=int(info.get("mem_fragmentation_bytes", 0)),
        refused=int(out_of_memory.get("count", 0)) if isinstance(out_of_memory, Mapping) else 0,
        evicted=int(info.get("evicted_keys", 0)),
        run_id=str(info.get("run_id", "")),
    )


def state(place: Place, password: str, *, deadline_s: float) -> State:
    """Raises NotHere, Refused, HostFailed."""
    with connected(place, password, deadline_s=deadline_s) as client, _allowed("INFO", place):
        info: Mapping[str, Any] = client.info()  # type: ignore[assignment]
    is_replica = info.get("role") == "slave"
    return State(
        rejected=int(info.get("rejected_connections", 0)),
        failed=[words for field, words in SAVING.items() if info.get(field, "ok") != "ok"],
        primary=f"{info.get('master_host')}:{info.get('master_port')}" if is_replica else "",
        is_linked=info.get("master_link_status", "up") == "up",
        down_s=max(0.0, float(info.get("master_link_down_since_seconds", 0))),
        run_id=str(info.get("run_id", "")),
    )


def slow_log(place: Place, password: str, *, deadline_s: float) -> SlowLog:
    """The newest of it. Raises NotHere, Refused, HostFailed."""
    with connected(place, password, deadline_s=deadline_s) as client:
        slower_than_us: str | None = None
        with contextlib.suppress(NotHere), _allowed("CONFIG GET", place):
            slower_than_us = client.config_get("slowlog-log-slower-than").get("slowlog-log-slower-than")  # type: ignore[union-attr]
        if slower_than_us is not None and int(slower_than_us) < 0:
            raise NotHere("the slow log, which is switched off", "CONFIG SET slowlog-log-slower-than 10000")
        with _allowed("SLOWLOG", place):
            rows: Sequence[Any] = client.slowlog_get(NEWEST)  # type: ignore[assignment]
        with _allowed("INFO", place):
            run_id = str(client.info("server")["run_id"])  # type: ignore[index]
    return SlowLog(
        run_id,
        None if slower_than_us is None else int(slower_than_us) / 1e6,
        [SlowCommand(row["id"], row["start_time"], row["duration"] / 1e6, _named(row["command"])) for row in rows],
    )


def keys(
    place: Place, password: str, *, database: int, cursor: int, count: int, known: Sequence[bytes], deadline_s: float
) -> Keys:
    """Looks at about `count` keys from `cursor` on, and at those that are `known`.

    Raises NotHere, Refused, HostFailed.
    """
    found, looked_at = dict[bytes, Key](), 0
    with connected(place, password, deadline_s=deadline_s) as client, _allowed("SCAN, TYPE and MEMORY USAGE", place):
        if database:
            client.select(database)
        found.update(_sizes(client, known))
        while looked_at < count:
            cursor, page = client.scan(cursor, count=min(PAGE, count - looked_at))  # type: ignore[misc]
            looked_at += max(1, len(page))
            found.update(_sizes(client, page))
            if not cursor:
                break
    return Keys(int(cursor), looked_at, found)


def _sizes(client: Any, names: Sequence[bytes]) -> Iterator[tuple[bytes, Key]]:
    """Of those that are still there; nested ones by a sample of what they hold."""
    pipeline = client.pipeline(transaction=False)
    for name in names:
        pipeline.memory_usage(name)
        pipeline.type(name)
    answers = iter(pipeline.execute())
    for name, size_bytes, kind in zip(names, answers, answers, strict=False):
        if size_bytes is not None:
            yield name, Key(int(size_bytes), kind.decode(errors="replace"))


def _named(command: bytes) -> str:
    return b" ".join(command.split(b" ")[:2]).decode(errors="replace")[:LONGEST_NAME]


@contextlib.contextmanager
def _allowed(commands: str, place: Place) -> Iterator[None]:
    from redis.exceptions import NoPermissionError

    try:
        yield
    except NoPermissionError as error:
        user = place.username or "default"
        raise NotHere(f"{commands}, for {user}", f"allow it: {error}") from error

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Cell, Table
from probed.host import proc

WATCH_S = 0.5
"""How long the use of the processor is measured."""


@dataclass(frozen=True, slots=True)
class Params:
    sort: Annotated[
        Literal["memory", "cpu", "newest", "oldest"], Field(description="cpu: measured over half a second")
    ] = "memory"
    name: Annotated[str, Field(max_length=100, description="only those whose name contains this")] = ""
    state: Annotated[str, Field(max_length=20, description="only those in this state, such as zombie, disk-sleep")] = ""
    limit: Rows = 20


@dataclass(frozen=True, slots=True)
class _Seen:
    process: proc.Process
    cpu_percent: float | None


def look(params: Params) -> Table:
    found = [seen for seen in _seen(params.sort) if _fits(seen.process, params)]
    found.sort(key=lambda seen: _rank(seen, params.sort))
    now = time.time()
    return Table(
        columns=("pid", "parent", "name", "user", "state", "rss_mib", "cpu_s", "cpu_percent", "age_s"),
        rows=[_row(seen, now) for seen in found],
        limit=params.limit,
        note="" if params.sort == "cpu" else "cpu_percent is measured with sort cpu only",
    )


def _seen(sort: str) -> list[_Seen]:
    if sort != "cpu":
        return [_Seen(process, None) for process in proc.processes()]
    before = {(each.pid, each.started_at): each.cpu_s for each in proc.processes()}
    began = time.monotonic()
    time.sleep(WATCH_S)
    after = proc.processes()
    passed_s = time.monotonic() - began
    return [
        _Seen(each, 100 * (each.cpu_s - before.get((each.pid, each.started_at), each.cpu_s)) / passed_s)
        for each in after
    ]


def _fits(process: proc.Process, params: Params) -> bool:
    return params.name.lower() in process.name.lower() and params.state in ("", process.state)


def _rank(seen: _Seen, sort: str) -> float:
    match sort:
        case "cpu":
            return -(seen.cpu_percent or 0.0)
        case "newest":
            return -seen.process.started_at
        case "oldest":
            return seen.process.started_at
        case _:
            return -seen.process.rss_bytes


def _row(seen: _Seen, now: float) -> tuple[Cell, ...]:
    each = seen.process
    percent = None if seen.cpu_percent is None else round(seen.cpu_percent, 1)
    return (
        each.pid,
        each.parent_pid,
        each.name,
        each.user,
        each.state,
        round(each.rss_bytes / 2**20, 1),
        round(each.cpu_s, 1),
        percent,
        round(max(now - each.started_at, 0)),
    )


PROBE = Probe(
    "processes",
    "The processes of the host with memory, processor time, state and age. Arguments of commands are not shown.",
    Params,
    looking("processes", look),
)

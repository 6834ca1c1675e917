from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import PathOrNone, Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table
from probed.host import mounts


@dataclass(frozen=True, slots=True)
class Params:
    path: Annotated[PathOrNone, Field(description="only the mount that this path lies on")] = ""
    every: Annotated[bool, Field(description="also what the kernel and container engines mount for themselves")] = False
    limit: Rows = 40


def look(params: Params) -> Table:
    among = mounts.mounts()
    if params.path:
        on = mounts.holding(params.path, among)
        among = (on,) if on else ()
    elif not params.every:
        among = tuple(each for each in among if each.kind is not mounts.Kind.PSEUDO and not mounts.is_systems_own(each))
    columns = ("mount_point", "type", "source", "kind", "read_only", "root", "options")
    rows = [
        (
            each.mount_point,
            each.fs_type,
            each.source,
            str(each.kind),
            each.read_only,
            each.root,
            ",".join(sorted(each.options)),
        )
        for each in among
    ]
    note = "the daemon's own sandbox may make options of a mount read-only" if rows else ""
    return Table(columns, rows, limit=params.limit, note=note)


PROBE = Probe(
    "mounts",
    "What is mounted where, with its options; without how full it is, which disk_usage tells.",
    Params,
    looking("mounts", look),
)

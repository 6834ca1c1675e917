from __future__ import annotations

from dataclasses import dataclass

from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table
from probed.host import files


@dataclass(frozen=True, slots=True)
class Params:
    limit: Rows = 20


def look(params: Params) -> Table:
    found = files.open_deleted()
    rows = [(each.path, round(each.size_bytes / 2**20, 1), each.pid, each.process) for each in found]
    return Table(("path", "mib", "pid", "process"), rows, limit=params.limit)


PROBE = Probe(
    "open_deleted_files",
    "Deleted files that a process still holds open, largest first: room that is freed only when it closes them.",
    Params,
    looking("open_deleted_files", look),
)

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table, moment
from probed.host import files, large_files

MOST = 500
"""Files that are remembered on the way."""


@dataclass(frozen=True, slots=True)
class Params:
    path: Annotated[
        str,
        Field(pattern=r"^/[^\x00]*$", max_length=1000, description="a folder, without what is mounted below it"),
    ] = "/"
    at_least_mib: Annotated[int, Field(ge=0, le=1_000_000, description="smaller ones are left out")] = 1
    limit: Rows = 20


def look(params: Params) -> Table:
    found = large_files.largest(params.path, MOST, params.at_least_mib * 2**20)
    rows = [
        (
            each.path,
            round(each.taken_bytes / 2**20, 1),
            round(each.size_bytes / 2**20, 1),
            moment(datetime.fromtimestamp(each.modified_at, UTC)),
            files.owner_name(each.uid),
        )
        for each in found.files
    ]
    return Table(("path", "mib", "apparent_mib", "modified", "owner"), rows, limit=params.limit, note=_note(found))


def _note(found: large_files.Search) -> str:
    notes = [f"{found.entries} entries were looked at"]
    if found.ended_early:
        notes.append("then the time was over: ask for a folder further down")
    if found.unreadable:
        notes.append(f"{found.unreadable} folders may not be read")
    return "; ".join(notes)


PROBE = Probe(
    "largest_files",
    "The largest files below a folder by the room that they take, on its own file system; links are not followed.",
    Params,
    looking("largest_files", look),
)

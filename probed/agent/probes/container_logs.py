from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import ContainerName, Lines
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import MAX_LINE, Table
from probed.agent.probes.text import masked_lines
from probed.host import container_details

LOOKED_THROUGH = 1000
"""Lines, where only those with a text are wanted."""


@dataclass(frozen=True, slots=True)
class Params:
    name: ContainerName
    contains: Annotated[str, Field(max_length=200, description="a text that the line holds, in any case")] = ""
    lines: Lines = 50


def look(params: Params, before: str = "", seen: int = 0) -> Table:
    """`before`: the moment from which it goes on backwards, after so many lines."""
    count = LOOKED_THROUGH if params.contains else params.lines
    said = container_details.said(params.name, count, before=before, skip=seen)
    masked = zip(said, masked_lines(each.text for each in said), strict=True)
    wanted = params.contains.lower()
    rows = [(each.at, text) for each, text in masked if wanted in text.lower()][::-1]
    more = partial(look, params, said[0].at, seen + count) if len(said) == count else None
    note = "" if said else "it has said nothing (any more), or its log driver keeps nothing that can be read"
    return Table(("time", "line"), rows, limit=params.lines, note=note, max_cell=MAX_LINE, more=more)


PROBE = Probe(
    "container_logs",
    "What a Docker container wrote to its standard output and error, newest first.",
    Params,
    looking("container_logs", look),
)

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from probed.agent.probes.journal import PRIORITIES, Priority, word_of
from probed.agent.probes.parameters import Lines
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import MAX_LINE, Table, moment
from probed.agent.probes.text import masked_lines
from probed.host import kernel_log


@dataclass(frozen=True, slots=True)
class Params:
    priority: Annotated[Priority, Field(description="this or worse")] = "info"
    contains: Annotated[str, Field(max_length=200, description="a text that the message holds, in any case")] = ""
    lines: Lines = 50


def look(params: Params) -> Table:
    worst = PRIORITIES.index(params.priority)
    wanted = params.contains.lower()
    found = [each for each in kernel_log.newest() if each.priority <= worst]
    masked = zip(found, masked_lines(each.text for each in found), strict=True)
    rows = [
        (moment(datetime.fromtimestamp(each.at, UTC)), word_of(each.priority), text)
        for each, text in masked
        if wanted in text.lower()
    ]
    return Table(("time", "priority", "message"), rows[::-1], limit=params.lines, max_cell=MAX_LINE)


PROBE = Probe(
    "kernel_log",
    "What the kernel said since boot, newest first: failing disks, killed processes, links that went down.",
    Params,
    looking("kernel_log", look),
)

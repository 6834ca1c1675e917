from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.agent.probes.command_line import masked_shell
from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table
from probed.host import crontabs


@dataclass(frozen=True, slots=True)
class Params:
    contains: Annotated[str, Field(max_length=200, description="a part of the command, the user or the table")] = ""
    limit: Rows = 50


def look(params: Params) -> Table:
    masked = ((each, masked_shell(each.command)) for each in (*crontabs.lines(), *crontabs.scripts()))
    rows = [
        (each.times, each.user, command, each.table, each.number or None)
        for each, command in masked
        if any(params.contains in text for text in (command, each.user, each.table))
    ]
    hidden = crontabs.unreadable()
    note = f"the tables in {', '.join(hidden)} may not be read" if hidden else ""
    return Table(("times", "user", "command", "table", "line"), rows, limit=params.limit, note=note)


PROBE = Probe(
    "cron",
    "What cron starts: the tables of the system and, as far as they may be read, of the users; secrets are masked.",
    Params,
    looking("cron", look),
)

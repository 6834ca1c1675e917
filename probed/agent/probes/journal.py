from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table, moment
from probed.host import journal

PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")


@dataclass(frozen=True, slots=True)
class Params:
    unit: Annotated[
        str, Field(pattern=r"^[\w@.:\\*?-]*$", max_length=200, description="such as nginx.service; empty: all")
    ] = ""
    minutes: Annotated[int, Field(ge=1, le=10080, description="how far back")] = 60
    priority: Annotated[
        Literal["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"],
        Field(description="this or worse"),
    ] = "info"
    contains: Annotated[str, Field(max_length=200, description="a regular expression that the message fits")] = ""
    lines: Annotated[int, Field(ge=1, le=200, description="at most so many")] = 50


def look(params: Params) -> Table:
    entries = journal.tail(
        params.unit,
        lines=params.lines,
        since_s=60 * params.minutes,
        priority=PRIORITIES.index(params.priority),
        grep=params.contains,
    )
    rows = [
        (moment(datetime.fromtimestamp(each.at, UTC)), each.unit or each.identifier, _word(each.priority), each.message)
        for each in entries[::-1]
    ]
    return Table(("time", "unit", "priority", "message"), rows)


def _word(priority: int) -> str:
    return PRIORITIES[min(max(priority, 0), 7)]


PROBE = Probe(
    "journal",
    "Lines of the system's journal, newest first.",
    Params,
    looking("journal", look),
)

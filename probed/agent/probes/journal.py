from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import MAX_LINE, Table, moment
from probed.agent.probes.text import masked_lines
from probed.host import journal

Priority = Literal["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")


@dataclass(frozen=True, slots=True)
class Params:
    unit: Annotated[
        str, Field(pattern=r"^[\w@.:\\*?-]*$", max_length=200, description="such as nginx.service; empty: all")
    ] = ""
    minutes: Annotated[int, Field(ge=1, le=10080, description="how far back")] = 60
    priority: Annotated[Priority, Field(description="this or worse")] = "info"
    contains: Annotated[str, Field(max_length=200, description="a regular expression that the message fits")] = ""
    lines: Annotated[int, Field(ge=1, le=200, description="at most so many")] = 50


def look(params: Params, before: str = "") -> Table:
    """`before`: the place in the journal from which it goes on backwards."""
    entries = journal.tail(
        params.unit,
        lines=params.lines,
        since_s=60 * params.minutes,
        priority=PRIORITIES.index(params.priority),
        grep=params.contains,
        before=before,
    )
    messages = masked_lines(each.message for each in entries)
    rows = [
        (moment(datetime.fromtimestamp(each.at, UTC)), each.unit or each.identifier, word_of(each.priority), message)
        for each, message in zip(entries, messages, strict=True)
    ]
    is_full = len(entries) == params.lines
    more = partial(look, params, entries[0].cursor) if is_full and entries[0].cursor else None
    return Table(("time", "unit", "priority", "message"), rows[::-1], limit=params.lines, max_cell=MAX_LINE, more=more)


def word_of(priority: int) -> str:
    return PRIORITIES[min(max(priority, 0), 7)]


PROBE = Probe(
    "journal",
    "Lines of the system's journal, newest first.",
    Params,
    looking("journal", look),
)

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from probed.agent.probes.parameters import Lines
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import MAX_LINE, Cell, Table, moment
from probed.agent.probes.text import fitting, masked_lines
from probed.host import journal

Priority = Literal["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]
WITHIN_S = 4.0
"""Looked back in one look, where only messages that fit are wanted; what is under way then is waited for."""
PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")


@dataclass(frozen=True, slots=True)
class Params:
    unit: Annotated[
        str, Field(pattern=r"^[\w@.:\\*?-]*$", max_length=200, description="such as nginx.service; empty: all")
    ] = ""
    minutes: Annotated[int, Field(ge=1, le=10080, description="how far back")] = 60
    priority: Annotated[Priority, Field(description="this or worse")] = "info"
    contains: Annotated[
        str,
        Field(
            max_length=200,
            description="a regular expression (RE2) that the message fits; without capitals: in any case",
        ),
    ] = ""
    lines: Lines = 50


def look(params: Params, before: str = "") -> Table:
    """`before`: the place in the journal from which it goes on backwards."""
    fits, ends_at = fitting(params.contains), time.monotonic() + WITHIN_S
    count = journal.MAX_LINES if params.contains else params.lines
    rows: list[Sequence[Cell]] = []
    while True:
        entries = journal.tail(
            params.unit,
            lines=count,
            since_s=60 * params.minutes,
            priority=PRIORITIES.index(params.priority),
            before=before,
        )
        rows += _rows(entries, fits)
        before = entries[0].cursor if len(entries) == count else ""
        if not before or len(rows) >= params.lines or time.monotonic() >= ends_at:
            break
    more = partial(look, params, before) if before else None
    note = f"looked back to {_time(entries[0])} and not yet further" if more and len(rows) < params.lines else ""
    columns = ("time", "unit", "priority", "message")
    return Table(columns, rows, limit=params.lines, note=note, max_cell=MAX_LINE, more=more)


def _rows(entries: Sequence[journal.Entry], fits: Callable[[str], bool]) -> list[Sequence[Cell]]:
    """The newest first. What is masked cannot be asked for."""
    messages = masked_lines(each.message for each in entries)
    rows: list[Sequence[Cell]] = [
        (_time(each), each.unit or each.identifier, word_of(each.priority), message)
        for each, message in zip(entries, messages, strict=True)
        if fits(message)
    ]
    return rows[::-1]


def _time(entry: journal.Entry) -> str:
    return moment(datetime.fromtimestamp(entry.at, UTC))


def word_of(priority: int) -> str:
    return PRIORITIES[min(max(priority, 0), 7)]


PROBE = Probe(
    "journal",
    "Lines of the system's journal, newest first.",
    Params,
    looking("journal", look),
)

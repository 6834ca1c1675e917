from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table, moment
from probed.host import timers


@dataclass(frozen=True, slots=True)
class Params:
    name: Annotated[str, Field(max_length=200, description="only those whose name contains this")] = ""
    limit: Rows = 40


def look(params: Params) -> Table:
    found = [each for each in timers.timers(["*.timer"]) if params.name in each.name]
    found.sort(key=lambda each: (each.sub_state not in ("failed", "elapsed"), -each.triggered_at))
    rows = [
        (
            each.name,
            each.unit,
            each.active_state,
            each.sub_state,
            each.unit_file_state,
            _moment(each.triggered_at),
            _moment(each.next_at),
            "; ".join(each.calendars),
        )
        for each in found
    ]
    columns = ("timer", "starts", "active", "sub", "enabled", "last", "next", "calendar")
    return Table(columns, rows, limit=params.limit)


def _moment(at: float) -> str | None:
    return moment(datetime.fromtimestamp(at, UTC)) if at else None


PROBE = Probe(
    "timers",
    "systemd's timers, those in trouble first, then by when they last started what they start.",
    Params,
    looking("timers", look),
)

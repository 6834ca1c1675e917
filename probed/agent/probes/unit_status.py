from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Cell, Table
from probed.host import systemd

TROUBLED = ("failed", "auto-restart", "activating", "deactivating")


@dataclass(frozen=True, slots=True)
class Params:
    unit: Annotated[
        str,
        Field(
            pattern=r"^([\w@.:\\*?][\w@.:\\*?-]*)?$",
            max_length=200,
            description="a name or a shell pattern; empty: those that failed or are between two states",
        ),
    ] = ""
    limit: Rows = 20


def look(params: Params) -> Table:
    names = _names(params.unit)
    return _units(names, params.limit, len(names))


def _units(names: Sequence[str], limit: int, total: int) -> Table:
    units, left = systemd.show(names[:limit]), names[limit:]
    more = partial(_units, left, limit, total) if left else None
    columns = ("unit", "load", "active", "sub", "result", "enabled", "restarts", "main_pid", "exit_status", "changed")
    return Table(columns, [_row(unit) for unit in units], total=total, limit=limit, more=more)


def _names(unit: str) -> Sequence[str]:
    if not unit:
        return systemd.list_units(states=TROUBLED)
    full = systemd.full_name(unit)
    return systemd.list_units([full]) if any(sign in full for sign in "*?") else (full,)


def _row(unit: systemd.Unit) -> tuple[Cell, ...]:
    ago_s = round(time.clock_gettime(time.CLOCK_MONOTONIC) - unit.changed_at_s)
    return (
        unit.name,
        unit.load_state,
        unit.active_state,
        unit.sub_state,
        unit.result,
        unit.unit_file_state,
        unit.restarts,
        unit.main_pid or None,
        unit.exec_main_status,
        f"{ago_s} s ago" if unit.changed_at_s else "never since boot",
    )


PROBE = Probe(
    "unit_status",
    "State of systemd's units: active, how they last ended, restarts, main process.",
    Params,
    looking("unit_status", look),
)

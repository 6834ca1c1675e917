from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from probed.agent.probes.command_line import masked_command
from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import MAX_LINE, Cell, Table, moment
from probed.host import process_detail, systemd


@dataclass(frozen=True, slots=True)
class Params:
    pid: Annotated[int, Field(ge=1, le=2**22, description="of the process")]
    limit: Rows = 80


def look(params: Params) -> Table:
    return Table(("fact", "value"), list(_rows(params.pid)), limit=params.limit, max_cell=MAX_LINE)


def _rows(pid: int) -> Iterator[Sequence[Cell]]:
    facts = list(process_detail.facts(pid))
    yield "command", masked_command(process_detail.command_line(pid))
    yield "unit", systemd.unit_of(pid) or None
    yield "started", _started(pid)
    yield from facts
    yield "variables of its environment, without values", " ".join(process_detail.variables(pid))


def _started(pid: int) -> str | None:
    at = process_detail.started_at(pid)
    return moment(datetime.fromtimestamp(at, UTC)) if at else None


PROBE = Probe(
    "process_detail",
    "One process: command line with its secrets masked, state, limits, control group, open files, threads, reads and "
    "writes; of its environment the names alone.",
    Params,
    looking("process_detail", look),
)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import Rows
from probed.agent.probes.past import in_time, since
from probed.agent.probes.probe import Probe
from probed.agent.probes.table import Cell, Table, moment
from probed.agent.probes.text import holds
from probed.core.case import Case
from probed.ports import Queries, Workers

COLUMNS = ("opened", "resolved", "check", "object", "severity", "summary", "stage", "what was done", "id")


@dataclass(frozen=True, slots=True)
class Params:
    check: Annotated[str, Field(max_length=200, description="only of this check, such as disk")] = ""
    object: Annotated[str, Field(max_length=200, description="only of objects whose name contains this")] = ""
    days: Annotated[int, Field(ge=1, le=366, description="how far back")] = 30
    open_only: Annotated[bool, Field(description="only those that are not over")] = False
    limit: Rows = 30


def probe(past: Queries) -> Probe[Params]:
    async def read(params: Params) -> Table:
        cases, note = await since(1440 * params.days, past.cases, lambda case: case.opened_at)
        found = [_row(case) for case in cases if _fits(case, params)]
        return Table(COLUMNS, found, limit=params.limit, note=note)

    async def ask(params: Params, workers: Workers, deadline_s: float) -> Table:
        return await in_time("past_incidents", deadline_s, read(params))

    return Probe(
        "past_incidents",
        "Problems that were found on this host, newest first: since when, until when, and what was done about them.",
        Params,
        ask,
    )


def _fits(case: Case, params: Params) -> bool:
    is_asked_for = params.check in ("", case.check) and holds(case.object, params.object)
    return is_asked_for and not (params.open_only and case.resolved_at)


def _row(case: Case) -> Sequence[Cell]:
    return (
        moment(case.opened_at),
        moment(case.resolved_at) if case.resolved_at else None,
        case.check,
        case.object,
        str(case.severity),
        case.summary,
        str(case.stage),
        "; ".join(part for part in (case.outlook, *case.tried) if part) or None,
        case.id,
    )

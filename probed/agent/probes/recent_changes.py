from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.agent.probes.past import LONGEST_MINUTES, in_time, since
from probed.agent.probes.probe import Probe
from probed.agent.probes.table import Cell, Table, moment
from probed.core.change import Change
from probed.ports import Queries, Workers


@dataclass(frozen=True, slots=True)
class Params:
    minutes: Annotated[int, Field(ge=1, le=LONGEST_MINUTES, description="how far back; 10080 is a week")] = 10080


def probe(past: Queries) -> Probe[Params]:
    async def read(params: Params) -> Table:
        changes, note = await since(params.minutes, past.changes, lambda change: change.started_at)
        columns = ("began", "took_s", "action", "object", "outcome", "by", "detail", "rolled_back")
        return Table(columns, [_row(change) for change in changes], note=note)

    async def ask(params: Params, workers: Workers, deadline_s: float) -> Table:
        return await in_time("recent_changes", deadline_s, read(params))

    return Probe(
        "recent_changes",
        "What Cortex changed on this host, who allowed it and what came of it, newest first.",
        Params,
        ask,
    )


def _row(change: Change) -> Sequence[Cell]:
    return (
        moment(change.started_at),
        round((change.ended_at - change.started_at).total_seconds(), 1),
        change.call.key,
        change.object,
        change.outcome,
        change.by,
        change.detail,
        moment(change.rolled_back_at) if change.rolled_back_at else None,
    )

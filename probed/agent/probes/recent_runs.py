from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.agent.probes.past import LONGEST_MINUTES, in_time, since
from probed.agent.probes.probe import Probe
from probed.agent.probes.table import Cell, Table, moment
from probed.core.report import Report
from probed.core.run import Run
from probed.ports import Queries, Workers


@dataclass(frozen=True, slots=True)
class Params:
    inspection: Annotated[str, Field(max_length=200, description="name of the inspection; empty: all")] = ""
    minutes: Annotated[int, Field(ge=1, le=LONGEST_MINUTES, description="how far back; 1440 is a day")] = 1440


def probe(past: Queries) -> Probe[Params]:
    async def read(params: Params) -> Table:
        source = params.inspection or None
        runs, note = await since(
            params.minutes,
            lambda limit, before: past.runs(limit, before, inspection=source),
            lambda run: run.created_at,
        )
        reports, _ = await since(
            params.minutes,
            lambda limit, before: past.reports(limit, before, source=source),
            lambda report: report.created_at,
        )
        by_run = {report.run_id: report for report in reports}
        rows = [_row(run, by_run.get(run.id)) for run in runs]
        return Table(
            ("began", "inspection", "state", "verdict", "found", "took_s", "trigger", "reason"), rows, note=note
        )

    async def ask(params: Params, workers: Workers, deadline_s: float) -> Table:
        return await in_time("recent_runs", deadline_s, read(params))

    return Probe("recent_runs", "What was inspected, what came of it and what it found, newest first.", Params, ask)


def _row(run: Run, report: Report | None) -> Sequence[Cell]:
    took_s = round((run.ended_at - run.started_at).total_seconds(), 1) if run.started_at and run.ended_at else None
    return (
        moment(run.started_at or run.created_at),
        run.inspection,
        run.state,
        report.verdict if report else None,
        report.summary if report else None,
        took_s,
        run.trigger,
        run.reason,
    )

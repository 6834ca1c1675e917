from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from probed.agent.probes.past import LONGEST_MINUTES, PAGE, in_time, since
from probed.agent.probes.probe import Probe
from probed.agent.probes.table import Cell, Table, moment
from probed.agent.probes.text import holds
from probed.core.alert import Alert
from probed.ports import Queries, Workers


@dataclass(frozen=True, slots=True)
class Params:
    minutes: Annotated[
        int, Field(ge=1, le=LONGEST_MINUTES, description="those that fired within so many; 1440 is a day")
    ] = 1440
    contains: Annotated[str, Field(max_length=200, description="a text in the summary or in a label")] = ""


def probe(past: Queries) -> Probe[Params]:
    async def read(params: Params) -> Table:
        still_open = await past.worst_alerts(PAGE)
        alerts, note = await since(params.minutes, past.alerts, _fired_until)
        found = {alert.id: alert for alert in (*alerts, *still_open) if holds(_words(alert), params.contains)}
        rows = [_row(alert) for alert in sorted(found.values(), key=lambda alert: alert.starts_at, reverse=True)]
        columns = ("since", "until", "severity", "state", "summary", "source", "check", "object", "acknowledged_by")
        return Table(columns, rows, note=note)

    async def ask(params: Params, workers: Workers, deadline_s: float) -> Table:
        return await in_time("recent_alerts", deadline_s, read(params))

    return Probe("recent_alerts", "Alerts that fire or fired, newest first.", Params, ask)


def _fired_until(alert: Alert) -> datetime:
    return alert.ends_at or datetime.now(UTC)


def _words(alert: Alert) -> str:
    return " ".join((alert.summary, *alert.labels.values()))


def _row(alert: Alert) -> Sequence[Cell]:
    labels = alert.labels
    return (
        moment(alert.starts_at),
        moment(alert.ends_at) if alert.ends_at else None,
        alert.severity,
        alert.state,
        alert.summary,
        labels.get("source"),
        labels.get("alertname"),
        labels.get("object"),
        alert.acknowledged_by,
    )

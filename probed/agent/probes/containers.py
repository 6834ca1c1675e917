from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Cell, Table, moment
from probed.host import docker


@dataclass(frozen=True, slots=True)
class Params:
    name: Annotated[str, Field(max_length=200, description="only those whose name contains this")] = ""
    limit: Rows = 30


def look(params: Params) -> Table:
    found = [each for each in docker.containers() if params.name in each.name]
    found.sort(key=lambda each: (each.status == "running" and each.health in ("", "healthy"), each.name))
    columns = ("name", "image", "status", "health", "exit_code", "oom_killed", "restarts", "started", "ended", "said")
    return Table(columns, [_row(each) for each in found], limit=params.limit)


def _row(each: docker.Container) -> tuple[Cell, ...]:
    ended = None if each.status == "running" else each.finished_at
    said = each.error or each.health_output
    return (
        each.name,
        each.image,
        each.status,
        each.health,
        each.exit_code,
        each.oom_killed,
        each.restarts,
        moment(each.started_at) if each.started_at else None,
        moment(ended) if ended else None,
        said,
    )


PROBE = Probe(
    "containers",
    "Docker containers, those in trouble first: state, health, exit code, restarts.",
    Params,
    looking("containers", look),
)

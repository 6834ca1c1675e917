from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.agent.probes.past import in_time
from probed.agent.probes.probe import Probe
from probed.agent.probes.table import Table
from probed.agent.probes.text import holds
from probed.ports import Queries, Workers

MOST_NAMES = 2000


@dataclass(frozen=True, slots=True)
class Params:
    check: Annotated[str, Field(max_length=200, description="name of the check, such as disk; empty: all")] = ""
    contains: Annotated[str, Field(max_length=200, description="a text in the name of the object")] = ""


def probe(past: Queries) -> Probe[Params]:
    async def read(params: Params) -> Table:
        page = await past.every_series(MOST_NAMES, check=params.check or None)
        rows = [(each.check, each.object, each.unit) for each in page.items if holds(each.object, params.contains)]
        note = f"the newest {MOST_NAMES} only: name the check" if page.next else ""
        return Table(("check", "object", "unit"), sorted(rows), note=note)

    async def ask(params: Params, workers: Workers, deadline_s: float) -> Table:
        return await in_time("metrics", deadline_s, read(params))

    return Probe("metrics", "What is measured, by the names that metric_history takes.", Params, ask)

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Cell, Table
from probed.host import routes


@dataclass(frozen=True, slots=True)
class Params:
    interface: Annotated[str, Field(pattern=r"^[\w.:@-]*$", max_length=50, description="only this one; empty: all")] = (
        ""
    )
    limit: Rows = 50


def look(params: Params) -> Table:
    rows: list[tuple[Cell, ...]] = [
        ("route", each.destination, each.gateway or None, each.interface, each.metric, None) for each in routes.routes()
    ]
    rows += [("address", each.address, None, each.interface, None, each.is_up) for each in routes.addresses()]
    found = [row for row in rows if params.interface in ("", row[3])]
    return Table(("kind", "to", "gateway", "interface", "metric", "up"), found, limit=params.limit)


PROBE = Probe(
    "routes",
    "Where packets go: the routes of the main table, and the addresses of this host's interfaces.",
    Params,
    looking("routes", look),
)

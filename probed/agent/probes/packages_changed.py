from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table, moment
from probed.host import package_changes


@dataclass(frozen=True, slots=True)
class Params:
    days: Annotated[int, Field(ge=1, le=730, description="how far back")] = 7
    name: Annotated[str, Field(max_length=100, description="only packages whose name contains this")] = ""
    limit: Rows = 50


def look(params: Params) -> Table:
    recorded = package_changes.changes_since(time.time() - 86400 * params.days)
    rows = [
        (moment(datetime.fromtimestamp(each.at, UTC)), each.action, each.package, each.before, each.after)
        for each in recorded.changes
        if params.name in each.package
    ]
    notes = [] if rows else ["nothing was changed in this time, as far as the records go back"]
    notes += [f"{', '.join(recorded.broken)}: broken, what stands there is not told"] if recorded.broken else []
    return Table(("time", "action", "package", "before", "after"), rows, limit=params.limit, note="; ".join(notes))


PROBE = Probe(
    "packages_changed",
    "Packages that were installed, upgraded or removed, newest first, with their versions before and after.",
    Params,
    looking("packages_changed", look),
)

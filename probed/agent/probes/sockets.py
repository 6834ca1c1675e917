from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table
from probed.host import sockets


@dataclass(frozen=True, slots=True)
class Params:
    port: Annotated[int, Field(ge=0, le=65535, description="only this port; 0: all")] = 0
    limit: Rows = 50


def look(params: Params) -> Table:
    found = [each for each in sockets.listening() if params.port in (0, each.port)]
    rows = [(each.protocol, each.address, each.port, each.pid, each.process, each.user) for each in found]
    return Table(("protocol", "address", "port", "pid", "process", "user"), rows, limit=params.limit)


PROBE = Probe(
    "sockets",
    "Sockets that listen (TCP) or are bound (UDP), and the process behind each one.",
    Params,
    looking("sockets", look),
)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from probed.agent.probes.parameters import Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.reach import Reach
from probed.agent.probes.table import Cell, Table
from probed.errors import HostFailed
from probed.host import resolver

DEADLINE_S = 4.0
RESOLV_CONF = Path("/etc/resolv.conf")
BY_SYSTEM = ("A", "AAAA")


@dataclass(frozen=True, slots=True)
class Params:
    name: Annotated[
        str,
        Field(
            pattern=r"^[\w*](?:[\w.-]*\w)?\.?$",
            max_length=253,
            description="a name that the operator allows, that a check names, or that is known here",
        ),
    ]
    kind: Annotated[
        Literal["A", "AAAA", "MX", "NS", "TXT", "CNAME", "SRV", "SOA", "PTR"], Field(description="of the records")
    ] = "A"
    limit: Rows = 30


def probe(reach: Reach) -> Probe[Params]:
    return Probe(
        "dns_lookup",
        "What a name resolves to: by the system's own way with /etc/hosts, and by the servers of /etc/resolv.conf.",
        Params,
        looking("dns_lookup", partial(look, reach)),
    )


def look(reach: Reach, params: Params) -> Table:
    if not reach.resolves(params.name):
        raise HostFailed(f"{params.name} may not be asked for: agent.probes.dns_allow does not list it")
    ways = [("the system", partial(resolver.by_system, params.name, params.kind, deadline_s=DEADLINE_S))]
    if params.kind not in BY_SYSTEM:
        ways = []
    ways.append(("the servers", partial(resolver.by_server, params.name, params.kind, deadline_s=DEADLINE_S)))
    rows = [row for who, ask in ways for row in _asked(who, ask)]
    return Table(("asked", "value", "seconds", "failed"), rows, limit=params.limit, note=_servers())


def _asked(who: str, ask: partial[resolver.Resolved]) -> Sequence[Sequence[Cell]]:
    try:
        found = ask()
    except HostFailed as error:
        return [(who, None, None, str(error))]
    return [(who, value, round(found.seconds, 3), None) for value in found.values]


def _servers() -> str:
    try:
        lines = RESOLV_CONF.read_text(errors="replace")[:65_536].splitlines()
    except OSError as error:
        return f"{RESOLV_CONF}: {error.strerror}"
    words = [line.split() for line in lines]
    servers = [each[1] for each in words if len(each) > 1 and each[0] == "nameserver"]
    return f"{RESOLV_CONF} names {', '.join(servers) or 'no server'}"

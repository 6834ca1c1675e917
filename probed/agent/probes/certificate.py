from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from pydantic import Field

from probed.agent.probes.parameters import PathOrNone, Rows
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.reach import Reach
from probed.agent.probes.table import Cell, Table, moment
from probed.errors import HostFailed, ParameterError
from probed.host import certificates, shown_files

DEADLINE_S = 4.0
COLUMNS = ("where", "subject", "issuer", "names", "valid_from", "valid_until", "days_left", "serial", "trusted")


@dataclass(frozen=True, slots=True)
class Params:
    host: Annotated[
        str,
        Field(
            pattern=r"^[\w.:-]*$",
            max_length=255,
            description="a server that the operator allows or a check names, or localhost",
        ),
    ] = ""
    port: Annotated[int, Field(ge=1, le=65535, description="of the server")] = 443
    path: Annotated[PathOrNone, Field(description="a file of certificates, instead of a host")] = ""
    limit: Rows = 20


def probe(reach: Reach) -> Probe[Params]:
    return Probe(
        "certificate",
        "The certificate that a server shows, and whether this host trusts it, or those in a file. Never a key.",
        Params,
        looking("certificate", partial(look, reach)),
    )


def look(reach: Reach, params: Params) -> Table:
    if bool(params.host) == bool(params.path):
        raise ParameterError("host", "give either a host or the path of a file")
    found = _in_file(reach, params.path) if params.path else _served(reach, params.host, params.port)
    return Table(COLUMNS, found, limit=params.limit, note="" if found else "the file holds no certificate")


def _in_file(reach: Reach, path: str) -> Sequence[Sequence[Cell]]:
    real = shown_files.real_path(path, reach.shows_certificate, leads_anywhere=True)
    return [_row(path, each, None) for each in certificates.in_file(real)]


def _served(reach: Reach, host: str, port: int) -> Sequence[Sequence[Cell]]:
    if not reach.knows_host(host.lower()):
        raise HostFailed(f"{host} may not be asked: neither agent.probes.http_allow nor a check names it")
    is_allowed = partial(reach.may_be_asked, host.lower())
    shown = certificates.served(host, port, deadline_s=DEADLINE_S, is_allowed=is_allowed)
    refused = certificates.refusal(host, port, deadline_s=DEADLINE_S, is_allowed=is_allowed)
    return [_row(f"{host}:{port}", shown, refused or "yes")]


def _row(where: str, found: certificates.Certificate, trusted: str | None) -> Sequence[Cell]:
    left_s = (found.not_after - datetime.now(UTC)).total_seconds()
    return (
        where,
        found.subject,
        found.issuer,
        " ".join(found.names),
        moment(found.not_before),
        moment(found.not_after),
        round(left_s / 86400, 1),
        found.serial,
        trusted,
    )

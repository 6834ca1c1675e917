"""Whether a name resolves: to what it should, by the resolver that should know it, and in time.

Parameters: `name`, `type` (A; or AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT, CAA), `server` (none; the address of one to
be asked itself), `port` (53; the server's), `expect` (none; values and shell patterns: each value of the answer must
fit one of them), `timeout` (5s), `warning` and `critical` (none; an answer that takes this long), `clear`, `for` (0s).

Without `server` an address is looked up as every program of this host does it, with /etc/hosts and any cache; of other
types the servers in /etc/resolv.conf are asked. A finding is critical where the name does not resolve, or resolves to
something else; a slow answer is what `warning` and `critical` make of it. Where every name fails, it is the resolver or
the way to it: `systemd_unit` on the resolver's unit, and `ping` tell more. No action fits by itself.

Example:
  - dns: {name: localhost, expect: 127.0.0.1, warning: 1s}
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from probed.checks.parameters import Bounds, DurationBound, Timeout, lasting
from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.errors import HostFailed
from probed.host import resolver
from probed.host.resolver import Resolved


def _address(value: str) -> str:
    return str(ip_address(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    name: Annotated[str, Field(min_length=1, max_length=255)]
    type: Literal["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT", "CAA"] = "A"
    server: Annotated[str, AfterValidator(_address)] | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 53
    expect: Annotated[tuple[str, ...], Names] = ()
    timeout_s: Timeout = 5.0
    warning: DurationBound = None
    critical: DurationBound = None
    clear: DurationBound = None


def look(params: Params) -> CheckAnswer:
    name = _object(params)
    try:
        found = _resolved(params)
    except HostFailed as error:
        return (_fault(name, f"{name} does not resolve: {error}", {"error": str(error)}, params),)
    evidence: dict[str, object] = {"values": list(found.values), "seconds": round(found.seconds, 3)}
    said = ", ".join(found.values)
    strangers = [each for each in found.values if params.expect and not fits_any(each, params.expect)]
    if strangers:
        evidence["expected"] = list(params.expect)
        return (_fault(name, f"{name} resolves to {said}, not {' or '.join(params.expect)}", evidence, params),)
    summary = f"{name} resolves to {said} after {found.seconds:.2f} s"
    return (
        Observation(name, summary, round(found.seconds, 4), "s", params.threshold, evidence=evidence, boot_grace=True),
    )


def _object(params: Params) -> str:
    kind = "" if params.type == "A" else f" {params.type}"
    port = "" if params.port == 53 else f" port {params.port}"
    return f"{params.name}{kind}" + (f" at {params.server}{port}" if params.server else "")


def _resolved(params: Params) -> Resolved:
    if params.server is None and params.type in resolver.FAMILIES:
        return resolver.by_system(params.name, params.type, deadline_s=params.timeout_s)
    return resolver.by_server(params.name, params.type, params.server or "", params.port, deadline_s=params.timeout_s)


def _fault(name: str, summary: str, evidence: dict[str, object], params: Params) -> Observation:
    return Observation(
        name,
        summary,
        threshold=lasting(params.for_s),
        severity=Severity.CRITICAL,
        evidence={**evidence, "server": params.server, "timeout_s": params.timeout_s},
        boot_grace=True,
    )

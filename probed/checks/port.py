"""Who listens on a port of this host: whether anybody does, and whether it is the program that should.

Parameters: `port`, `protocol` (tcp; or udp), `address` (any; the port must be open on this one, as in "127.0.0.1" or
"0.0.0.0"), `program` (none; a name or shell pattern that one of the listeners must have), `user` (none; the same for
the user it belongs to), `for` (0s).

A finding is critical: nobody listens, or only others than the one that should, as when a program that was started first
has taken the port. Nothing is sent to it; `tcp_port` and `http` tell whether somebody answers. Whose socket it is, the
kernel tells anybody; which program's, only root and the user whose it is: where it stays hidden that is said, and still
a finding where no `program` runs at all; `user` serves as well, or beside it. No action fits by itself; if a unit
stands behind the port, `systemd_unit` proposes its restart.

Example:
  - port: {port: 5432, program: postgres}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from probed.checks.parameters import For, lasting
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import proc, sockets
from probed.host.sockets import Listener

MAX_LISTENERS = 10


def _ip(value: str) -> str:
    return str(ip_address(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    port: Annotated[int, Field(ge=1, le=65535)]
    protocol: Literal["tcp", "udp"] = "tcp"
    address: Annotated[str, AfterValidator(_ip)] | None = None
    program: str | None = None
    user: str | None = None
    for_s: For = 0.0


def look(params: Params) -> CheckAnswer:
    found = [each for each in sockets.listening() if _is_meant(each, params)]
    hidden = params.program is not None and any(not each.process for each in found)
    fault = _fault(found, params, hidden=hidden)
    name = f"{params.protocol}/{params.port}" if params.address is None else f"{params.address}:{params.port}"
    who = ", ".join(dict.fromkeys(map(_who, found)))
    seen = Observation(
        name,
        f"{name}: {fault}" if fault else f"{who} listens on {name}",
        threshold=lasting(params.for_s),
        severity=Severity.CRITICAL if fault else None,
        evidence={"listeners": [_facts(each) for each in found[:MAX_LISTENERS]]},
        boot_grace=True,
    )
    if hidden and not fault and params.user is None:
        return seen, Absent(f"the program on {name}", f"check its user instead, as in user: {found[0].user or 'root'}")
    return (seen,)


def _is_meant(each: Listener, params: Params) -> bool:
    return (each.protocol, each.port) == (params.protocol, params.port) and params.address in (None, each.address)


def _fault(found: Sequence[Listener], params: Params, *, hidden: bool) -> str:
    if not found:
        return "nobody listens there"
    who = ", ".join(dict.fromkeys(map(_who, found)))
    if params.user is not None and not any(_is_users(each, params.user) for each in found):
        return f"it is taken by {who}, not by the user {params.user}"
    if params.program is None or any(fits_any(each.process, [params.program]) for each in found):
        return ""
    if hidden and _runs(params.program):
        return ""
    return f"it is taken by {who}, not by {params.program}" + (", which does not run" if hidden else "")


def _is_users(listener: Listener, user: str) -> bool:
    """A server that began as root and then became another user listens as both."""
    return fits_any(listener.user, [user]) or fits_any(listener.owner, [user])


def _runs(program: str) -> bool:
    return any(fits_any(each.name, [program]) for each in proc.processes())


def _who(listener: Listener) -> str:
    return listener.process or f"a program of {listener.user or 'an unknown user'}"


def _facts(listener: Listener) -> dict[str, object]:
    return {
        "address": listener.address,
        "pid": listener.pid,
        "program": listener.process,
        "user": listener.user,
    }

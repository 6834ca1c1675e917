"""Whether somebody accepts connections on a TCP port.

Parameters: `port`, `host` (127.0.0.1), `timeout` (5s), `warning` and `critical` (none; a connection that takes this
long), `clear`, `for` (0s).

A finding (critical) means that the connection was refused or not answered in time; a slow one is what `warning` and
`critical` make of it. `port` tells who listens on this host, `ping` with a port measures several connections. No action
fits by itself; if a unit stands behind the port, `systemd_unit` proposes its restart.

Example:
  - tcp_port: {port: 22, host: 127.0.0.1, timeout: 3s}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.checks.parameters import Bounds, DurationBound, Timeout, lasting
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.errors import HostFailed
from probed.host import endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    port: Annotated[int, Field(ge=1, le=65535)]
    host: str = "127.0.0.1"
    timeout_s: Timeout = 5.0
    warning: DurationBound = None
    critical: DurationBound = None
    clear: DurationBound = None


def look(params: Params) -> CheckAnswer:
    name = f"{params.host}:{params.port}"
    try:
        seconds = endpoint.connect_seconds(params.host, params.port, deadline_s=params.timeout_s)
    except HostFailed as error:
        return (
            Observation(
                name,
                f"nobody accepts connections at {error}",
                threshold=lasting(params.for_s),
                severity=Severity.CRITICAL,
                evidence={"timeout_s": params.timeout_s, "error": str(error)},
                boot_grace=True,
            ),
        )
    evidence = {"connect_s": round(seconds, 4)}
    summary = f"{name} accepts connections"
    return (Observation(name, summary, round(seconds, 4), "s", params.threshold, evidence=evidence, boot_grace=True),)

"""Whether somebody accepts connections on a TCP port.

Parameters: `port`, `host` (127.0.0.1), `timeout` (5s), `for` (0s).

A finding (critical) means that the connection was refused or not answered in time. No action fits by itself; if a unit
stands behind the port, `systemd_unit` proposes its restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.checks.parameters import For, Timeout, lasting
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.errors import HostFailed
from probed.host import endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    port: Annotated[int, Field(ge=1, le=65535)]
    host: str = "127.0.0.1"
    timeout_s: Timeout = 5.0
    for_s: For = 0.0


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
    return (
        Observation(name, f"{name} accepts connections", round(seconds, 4), "s", evidence=evidence, boot_grace=True),
    )

"""Whether a time server (NTP) answers, and how far this host's clock is from its time.

Parameters: `server` (127.0.0.1), `port` (123), `timeout` (5s), `warning` (500ms), `critical` (30s), `clear` (100ms),
`for` (10m).

They bound how far apart the clocks are, whichever of the two is wrong: `clock` tells what the keeper of this host's
time thinks itself, this asks somebody else. A server that does not answer, or that says of itself that it does not know
the time, is a warning. One question is sent at each look; public servers ask their clients for no more than one a
minute. `sync_clock` fits, if the document allows it.

Example:
  - ntp: {server: 127.0.0.1, warning: 200ms, timeout: 2s}
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import Field

from probed.checks.parameters import Bounds, DurationBound, For, Timeout, lasting
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.errors import HostFailed
from probed.host import ntp


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    server: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 123
    timeout_s: Timeout = 5.0
    warning: DurationBound = 0.5
    critical: DurationBound = 30.0
    clear: DurationBound = 0.1
    for_s: For = 600.0


def look(params: Params) -> CheckAnswer:
    try:
        told = ntp.asked(params.server, params.port, deadline_s=params.timeout_s)
    except HostFailed as error:
        return (_silent(params, f"no time server answers at {error}", {"timeout_s": params.timeout_s}),)
    if not told.is_synchronised:
        return (_silent(params, f"{params.server} says that it does not know the time", asdict(told)),)
    apart = round(abs(told.offset_s), 4)
    summary = f"this clock and that of {params.server} are {apart:.3f} s apart"
    return (Observation(params.server, summary, apart, "s", params.threshold, evidence=asdict(told), boot_grace=True),)


def _silent(params: Params, summary: str, evidence: dict[str, object]) -> Observation:
    threshold, severity = lasting(params.for_s), Severity.WARNING
    return Observation(
        params.server, summary, threshold=threshold, severity=severity, evidence=evidence, boot_grace=True
    )

"""Whether the clock is right, as whoever keeps the time here tells: chronyd, ntpd or systemd.

Parameters: `warning` (500ms), `critical` (30s), `clear` (100ms), `for` (10m), `unheard_for` (1d; how long no source of
the right time may be heard).

The bounds hold for how far off the clock is, which chronyd and ntpd measure and systemd does not. A clock that no time
server was heard for is not yet wrong: it drifts, mostly by less than a second a day. That is a warning once it has
lasted for `unheard_for`, the clock may by now be as wrong as `warning` (by the keeper's own account, which grows; where
it gives none, by ten millionths of the time), and this host has a default route: a laptop that is offline is healthy,
and so is a host that has just started. A clock that stands before the moment at which it was last set is a warning at
once. A container, and a virtual machine with its host's clock (kvm-clock, Hyper-V, Xen, PTP), is told only for what was
measured. Where nobody keeps the time there is nothing to see. `sync_clock` fits, if the document allows it.

Example:
  - clock: {warning: 200ms, for: 5m}
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import Field

from probed.checks.parameters import Bounds, DurationBound, For, lasting
from probed.config.values import Duration
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.errors import NotHere
from probed.host import clock, interfaces, kernel_clock, proc
from probed.host.clock import ClockState

DRIFT = 10e-6
"""Of a clock that was kept until now, about: nearly a second a day."""
SET_BACK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    warning: DurationBound = 0.5
    critical: DurationBound = 30.0
    clear: DurationBound = 0.1
    for_s: For = 600.0
    unheard_for_s: Annotated[float, Duration, Field(alias="unheard_for")] = 86400.0


def look(params: Params) -> CheckAnswer:
    outside = kernel_clock.kept_outside()
    try:
        now = clock.state()
    except NotHere:
        if not outside:
            raise
        return (Observation("clock", f"the clock is kept by {outside}", threshold=params.threshold),)
    silence_s = _silence_s(now)
    evidence = {**asdict(now), "kept_outside": outside, "unheard_s": round(silence_s)}
    if fault := "" if outside else _fault(now, silence_s, params):
        threshold, severity = lasting(params.for_s), Severity.WARNING
        return (Observation("clock", fault, threshold=threshold, severity=severity, evidence=evidence),)
    if now.offset_s is None:
        return (Observation("clock", _words(now), threshold=params.threshold, evidence=evidence),)
    summary = f"the clock is {now.offset_s:.3f} s off"
    return (Observation("clock", summary, now.offset_s, "s", params.threshold, evidence=evidence),)


def _silence_s(now: ClockState) -> float:
    """Of one that is synchronised and does not tell since when, none."""
    if now.heard_at:
        return time.time() - now.heard_at
    return 0.0 if now.is_synchronised else proc.uptime_s()


def _fault(now: ClockState, silence_s: float, params: Params) -> str:
    if silence_s < -SET_BACK_S:
        return f"the clock was set back: it stands {-silence_s:.0f} s before the moment at which {now.by} set it last"
    error_s = silence_s * DRIFT if now.error_bound_s is None else now.error_bound_s
    is_tolerable = silence_s < params.unheard_for_s or error_s < (params.warning or 0.0)
    if is_tolerable or not interfaces.of_default_route():
        return ""
    hours = silence_s / 3600
    return f"{now.by} has heard no source of the right time for {hours:.0f} hours: the clock may be {error_s:.1f} s off"


def _words(now: ClockState) -> str:
    if now.is_synchronised:
        return f"{now.by} keeps the time"
    return f"{now.by} has not heard a source of the right time yet"

"""Whether a host answers, how many of a few requests get lost, and how long the answers take.

Parameters: `host`, `port` (none; with one TCP connections are timed instead of echo requests), `count` (5), `interval`
(200ms), `timeout` (5s; for all of them), `loss_warning` (40%), `loss_critical` (100%), `warning` and `critical` (none;
the time within which 95 of 100 answers come), `clear`, `for` (1m).

There are two observations: the host itself, by the share that was lost, and `HOST latency`. A single lost packet is no
finding. Echo requests need no root where the kernel lets the daemon's group ping (`net.ipv4.ping_group_range`);
elsewhere that is said, and `port` serves instead. A finding means that the host is down, or the way to it: compare with
another host on the same way, and with `dns` where the name fails. No action fits by itself.

Example:
  - ping: {host: 127.0.0.1, count: 3, warning: 200ms}
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from pydantic import Field

from probed.checks.parameters import Bounds, DurationBound, For, PercentBound, Timeout
from probed.config.values import Duration
from probed.core.observation import CheckAnswer, Observation
from probed.core.threshold import Threshold
from probed.errors import HostFailed
from probed.host import ping
from probed.host.ping import Tries

USUAL = 95.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    count: Annotated[int, Field(ge=1, le=20)] = 5
    interval_s: Annotated[float, Duration, Field(alias="interval", le=10)] = 0.2
    timeout_s: Timeout = 5.0
    loss_warning: PercentBound = 40.0
    loss_critical: PercentBound = 100.0
    warning: DurationBound = None
    critical: DurationBound = None
    clear: DurationBound = None
    for_s: For = 60.0


def look(params: Params) -> CheckAnswer:
    name = params.host if params.port is None else f"{params.host}:{params.port}"
    try:
        tries = _tries(params)
    except HostFailed as error:
        return (_loss(name, 100.0, f"{name} cannot be reached: {error}", {"error": str(error)}, params),)
    evidence: dict[str, object] = {
        "address": tries.address,
        "sent": tries.sent,
        "answered": len(tries.seconds),
        "seconds": [round(each, 5) for each in tries.seconds],
    }
    if tries.fault:
        evidence["error"] = tries.fault
    summary = f"{name} answered {len(tries.seconds)} of {tries.sent} requests" + (tries.fault and f": {tries.fault}")
    loss = _loss(name, tries.loss_percent, summary, evidence, params)
    return (loss, _latency(name, tries, evidence, params)) if tries.seconds else (loss,)


def _tries(params: Params) -> Tries:
    ask = ping.echo if params.port is None else partial(ping.connect, port=params.port)
    return ask(params.host, count=params.count, interval_s=params.interval_s, deadline_s=params.timeout_s)


def _loss(name: str, percent: float, summary: str, evidence: dict[str, object], params: Params) -> Observation:
    threshold = Threshold(params.loss_warning, params.loss_critical, for_s=params.for_s)
    return Observation(name, summary, round(percent, 1), "%", threshold, evidence=evidence, boot_grace=True)


def _latency(name: str, tries: Tries, evidence: dict[str, object], params: Params) -> Observation:
    seconds = tries.percentile(USUAL)
    summary = f"{name} answers within {seconds * 1000:.3g} ms"
    return Observation(
        f"{name} latency", summary, round(seconds, 5), "s", params.threshold, evidence=evidence, boot_grace=True
    )

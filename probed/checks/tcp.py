"""TCP: connections that a program does not take in fast enough, ports that run out, ended connections that pile up.

Parameters: `overflows` (1), connections refused a second because the queue of a listening program is full, a warning;
`warning` (80%), `critical` (95%), `clear` (70%), which bound the ephemeral ports and the ended connections, in percent
of what there can be; `for` (2m).

Three observations. `listen queues`: some program accepts too slowly, or hangs; the evidence names the ports where
connections wait. `ephemeral ports`: how many of those for outgoing connections (net.ipv4.ip_local_port_range) the
busiest destination has; when all are taken, no more can be opened to it: let connections be reused. `time-wait`: in
percent of net.ipv4.tcp_max_tw_buckets, beyond which the kernel ends them early (never more than a warning). Measured
since the last look, at most 15 minutes back. No action fits by itself; where a unit is behind the port, its restart.

Example:
  - tcp: {overflows: 1, warning: 80%, critical: 95%, for: 2m}
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.checks.parameters import For, NumberBound, PercentBound, PercentBounds
from probed.checks.since_last_look import Window
from probed.core.observation import CheckAnswer, Observation
from probed.core.threshold import Threshold
from probed.host import tcp

QUEUES = 5
"""Ports that the evidence names."""
COUNT_FROM = 0.5
"""Share of the bounds below which nobody has to be asked: so few connections cannot take that many ports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    warning: PercentBound = 80.0
    critical: PercentBound = 95.0
    clear: PercentBound = 70.0
    for_s: For = 120.0
    overflows: NumberBound = 1.0


def look(params: Params) -> CheckAnswer:
    now = tcp.sockets()
    return _queues(params), _ports(now, params), _time_wait(now, params)


def _queues(params: Params) -> Observation:
    span = _window.move()
    overflows = max(0, span.after.overflows - span.before.overflows)
    drops = max(0, span.after.drops - span.before.drops)
    rate = round(max(overflows, drops) / span.seconds, 2)
    evidence: dict[str, object] = {"overflows": overflows, "drops": drops, "window_s": round(span.seconds, 1)}
    summary = f"{rate:g} connections a second were refused because queues were full"
    if rate:
        waiting = tcp.waiting()[:QUEUES]
        evidence["waiting"] = [{"port": each.port, "connections": each.waiting} for each in waiting]
        summary += f"; most wait on port {waiting[0].port}" if waiting else ""
    threshold = Threshold(warning=params.overflows, for_s=params.for_s)
    return Observation("listen queues", summary, rate, "per s", threshold, evidence=evidence)


def _ports(now: tcp.Sockets, params: Params) -> Observation:
    """All connections together are an upper bound; which is enough on most hosts, and costs nothing."""
    taken = now.open + now.time_wait
    destination = ""
    if taken >= COUNT_FROM * now.port_count * (params.clear or 100.0) / 100.0:
        taken, destination = tcp.busiest_destination(now.ports)
    percent = round(min(100.0, 100.0 * taken / now.port_count), 1)
    evidence: dict[str, object] = {"taken": taken, "ports": now.port_count, "range": list(now.ports)}
    summary = f"{percent:g}% of the ephemeral ports are taken, {taken} of {now.port_count}"
    if destination:
        evidence["destination"] = destination
        summary += f", to {destination}"
    return Observation("ephemeral ports", summary, percent, "%", params.threshold, evidence=evidence)


def _time_wait(now: tcp.Sockets, params: Params) -> Observation:
    percent = round(100.0 * now.time_wait / max(1, now.max_time_wait), 1)
    evidence = {"time_wait": now.time_wait, "max_time_wait": now.max_time_wait, "open": now.open}
    summary = f"{now.time_wait} ended connections are kept, of {now.max_time_wait} that can be"
    threshold = Threshold(warning=params.warning, clear=params.clear, for_s=params.for_s)
    return Observation("time-wait", summary, percent, "%", threshold, evidence=evidence)


_window = Window(lambda: tcp.refused())

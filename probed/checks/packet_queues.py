"""Packets that this host has received, or was to send, and lost: nobody took them from their queue in time.

Parameters: `warning` (10), `critical` (off), `clear`, packets lost a second, of each queue; `for` (5m).

Three observations. `backlog`: the queue between the network cards and the protocols was full
(net.core.netdev_max_backlog): one processor serves all packets (spread them: queues of the card, RPS), or they are too
many. `udp receive`: a program does not read its UDP socket fast enough, or hangs; the evidence names the ports that
lost most since they were opened. Answers of a name server, log lines and calls are lost that way, and nobody else
tells. `udp send`: the send buffers were full. Measured since the last look, at most 15 minutes back. No action fits by
itself; where a unit is behind the port, its restart.

Example:
  - packet_queues: {warning: 1, critical: 1000, for: 2m}
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.checks.parameters import Bounds, For, NumberBound
from probed.checks.since_last_look import Span, Window
from probed.core.observation import CheckAnswer, Observation
from probed.host import net_counters
from probed.host.net_counters import Backlog

PORTS = 5
"""That the evidence names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    warning: NumberBound = 10.0
    critical: NumberBound = None
    clear: NumberBound = None
    for_s: For = 300.0


@dataclass(frozen=True, slots=True)
class Lost:
    """Since boot."""

    backlog: Backlog | None
    udp_received: int
    udp_sent: int


def look(params: Params) -> CheckAnswer:
    span = _window.move()
    before, after = span.before, span.after
    received = after.udp_received - before.udp_received
    return (
        *_backlog(span, params),
        _observation("udp receive", "received UDP packets", received, span, params, _ports(received)),
        _observation("udp send", "UDP packets to be sent", after.udp_sent - before.udp_sent, span, params, {}),
    )


def _backlog(span: Span[Lost], params: Params) -> tuple[Observation, ...]:
    before, after = span.before.backlog, span.after.backlog
    if before is None or after is None:
        return ()
    squeezed = {"squeezed": max(0, after.squeezed - before.squeezed)}
    dropped = after.dropped - before.dropped
    return (_observation("backlog", "packets between card and protocols", dropped, span, params, squeezed),)


def _observation(
    name: str, what: str, lost: int, span: Span[Lost], params: Params, more: dict[str, object] | dict[str, int]
) -> Observation:
    rate = round(max(0, lost) / span.seconds, 2)
    evidence = {"lost": max(0, lost), "window_s": round(span.seconds, 1), **more}
    return Observation(name, f"{rate:g} {what} a second were lost", rate, "per s", params.threshold, evidence=evidence)


def _ports(lost: int) -> dict[str, object]:
    if lost <= 0:
        return {}
    return {"sockets": [{"port": each.port, "lost": each.dropped} for each in net_counters.udp_losers()[:PORTS]]}


def _lost() -> Lost:
    four, six = net_counters.rows("snmp").get("Udp", {}), net_counters.snmp6()
    received = four.get("RcvbufErrors", 0) + six.get("Udp6RcvbufErrors", 0)
    sent = four.get("SndbufErrors", 0) + six.get("Udp6SndbufErrors", 0)
    return Lost(net_counters.backlog(), received, sent)


_window = Window(_lost)

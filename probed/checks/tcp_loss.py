"""TCP connections that do not come about, are cut off, or whose packets have to be sent again.

Parameters: `half_open` (1), new connections a second that were dropped, or could only be answered by a SYN cookie,
because too many were half open; `retransmissions` (off), the percentage of segments that were sent again; `resets`
(off), connections a second that this host refused, or that were cut off; `at_least` (100), segments a second, fewer
than which have no meaningful percentage; `for` (5m). All of them are warnings.

Three observations. `half-open connections`: a program takes connections in too slowly, or somebody floods it with
beginnings (`tcp` tells where a queue of complete ones runs over). `retransmissions`: the way to the others loses
packets; clients on mobile networks have some percent at all times. `resets`: programs that crash or refuse, and port
scans. What is usual differs from host to host, so the latter two are only measured until they get a bound, or are
compared with the host's own past (`unusual: on`). Measured since the last look, at most 15 minutes back. No action
fits.

Example:
  - tcp_loss: {retransmissions: 5%, resets: 50}
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.checks.parameters import For, NumberBound, PercentBound
from probed.checks.since_last_look import Span, Window
from probed.core.observation import CheckAnswer, Observation
from probed.core.threshold import Threshold
from probed.host import net_counters


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    half_open: NumberBound = 1.0
    retransmissions: PercentBound = None
    resets: NumberBound = None
    at_least: float = 100.0
    for_s: For = 300.0


@dataclass(frozen=True, slots=True)
class Counted:
    """Since boot."""

    cookies: int
    dropped: int
    sent: int
    sent_again: int
    refused: int
    cut_off: int


def look(params: Params) -> CheckAnswer:
    span = _window.move()
    return _half_open(span, params), _again(span, params), _resets(span, params)


def _half_open(span: Span[Counted], params: Params) -> Observation:
    cookies, dropped = _grown(span, "cookies"), _grown(span, "dropped")
    rate = round((cookies + dropped) / span.seconds, 2)
    evidence = {"cookies": cookies, "dropped": dropped, "window_s": round(span.seconds, 1)}
    summary = f"{rate:g} connections a second came while too many were half open"
    threshold = Threshold(warning=params.half_open, for_s=params.for_s)
    return Observation("half-open connections", summary, rate, "per s", threshold, evidence=evidence)


def _again(span: Span[Counted], params: Params) -> Observation:
    sent, again = _grown(span, "sent"), _grown(span, "sent_again")
    is_enough = sent / span.seconds >= params.at_least
    percent = round(100.0 * again / sent, 2) if is_enough and sent else 0.0
    evidence = {"sent": sent, "sent_again": again, "window_s": round(span.seconds, 1)}
    summary = f"{again} of {sent} TCP segments were sent again"
    threshold = Threshold(warning=params.retransmissions, for_s=params.for_s)
    return Observation("retransmissions", summary, percent, "%", threshold, evidence=evidence)


def _resets(span: Span[Counted], params: Params) -> Observation:
    refused, cut_off = _grown(span, "refused"), _grown(span, "cut_off")
    rate = round((refused + cut_off) / span.seconds, 2)
    evidence = {"refused": refused, "cut_off": cut_off, "window_s": round(span.seconds, 1)}
    threshold = Threshold(warning=params.resets, for_s=params.for_s)
    summary = f"{rate:g} TCP connections a second were refused or cut off"
    return Observation("resets", summary, rate, "per s", threshold, evidence=evidence)


def _grown(span: Span[Counted], counter: str) -> int:
    return max(0, int(getattr(span.after, counter)) - int(getattr(span.before, counter)))


def _counted() -> Counted:
    tcp, more = net_counters.rows("snmp").get("Tcp", {}), net_counters.rows("netstat").get("TcpExt", {})
    return Counted(
        cookies=more.get("TCPReqQFullDoCookies", 0),
        dropped=more.get("TCPReqQFullDrop", 0),
        sent=tcp.get("OutSegs", 0),
        sent_again=tcp.get("RetransSegs", 0),
        refused=tcp.get("OutRsts", 0),
        cut_off=tcp.get("EstabResets", 0),
    )


_window = Window(_counted)

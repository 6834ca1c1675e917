"""The network interfaces: whether their links are up, and which part of the packets is damaged or dropped.

Parameters: `interfaces` (auto, or names and shell patterns), `required` (none; names that must be up), `exclude` (names
and patterns), `warning` (1%), `critical` (10%), `clear`, `for` (5m); they bound the errors, in percent of the packets.
`drops` (5%) is the bound of those that were dropped, a warning; `at_least` (10), errors or drops a second, fewer than
which never count; `link_for` (30s), how long a link must be down.

`auto` means network cards and what bundles them, no bridges, tunnels and ends of containers. A link counts as down
where the interface is set up, had a carrier once and has none now; one that somebody set down, or that never had a
cable, is no fault, unless it is in `required`. It is critical where the default route leads over it or it is required,
only noted where that leads over another (a laptop that was undocked) and no bond, bridge or VLAN goes over it, or where
it is wireless (one that was carried away), else a warning. Errors mean a bad cable, port or card; drops, that packets
come faster than they are handled (or that they are of a protocol that nobody here speaks: those are few). Measured
since the last look, at most 15 minutes back. No action fits by itself.

Example:
  - network: {interfaces: auto, warning: 1%, critical: 10%, drops: 5%}
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from probed.checks.parameters import DurationBound, For, NumberBound, PercentBound, PercentBounds, lasting
from probed.checks.since_last_look import Window
from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.host_event import ANY, Concern, EventSource
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.core.threshold import Threshold
from probed.host import interfaces
from probed.host.interfaces import Interface

AUTO = "auto"
FEWEST = 20
"""Packets between two looks, fewer than which have no meaningful share."""
MAX_REMEMBERED = 1000

_had_carrier: dict[str, None] = {}
"""Interfaces that had one at an earlier look; not every kernel remembers it itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    interfaces: Annotated[tuple[str, ...], Names] = (AUTO,)
    required: Annotated[tuple[str, ...], Names] = ()
    exclude: Annotated[tuple[str, ...], Names] = ()
    warning: PercentBound = 1.0
    critical: PercentBound = 10.0
    clear: PercentBound = None
    for_s: For = 300.0
    drops: PercentBound = 5.0
    at_least: NumberBound = 10.0
    link_for: DurationBound = 30.0


def concerns(params: Params) -> Sequence[Concern]:
    interfaces = tuple(ANY if name == AUTO else name for name in params.interfaces)
    return (Concern(EventSource.NETWORK, (*interfaces, *params.required), params.exclude),)


def look(params: Params) -> CheckAnswer:
    span = _window.move()
    answer: list[Observation] = []
    for name, now in span.after.items():
        if _is_chosen(now, params):
            answer.append(_link(now, params))
            if name in span.before:
                answer += _packets(span.before[name], now, span.seconds, params)
    answer += [_missing(name, params) for name in params.required if name not in span.after]
    return tuple(answer) or (Absent("network interface"),)


def _is_chosen(interface: Interface, params: Params) -> bool:
    if interface.name in params.required:
        return True
    is_meant = (AUTO in params.interfaces and interface.is_hardware) or fits_any(interface.name, params.interfaces)
    return is_meant and not fits_any(interface.name, params.exclude)


def _link(now: Interface, params: Params) -> Observation:
    is_required = now.name in params.required
    evidence = {"is_set_up": now.is_set_up, "has_carrier": now.has_carrier, "speed_mbit": now.speed_mbit}
    if now.is_set_up and now.has_carrier:
        _remember(now.name)
        return Observation(now.name, f"the link of {now.name} is up", evidence=evidence, boot_grace=True)
    is_lost = now.is_set_up and (now.had_carrier or now.name in _had_carrier)
    state = "has lost its carrier" if is_lost else "has no carrier" if now.is_set_up else "is set down"
    if not is_lost and not is_required:
        return Observation(now.name, f"{now.name} {state}", evidence=evidence, boot_grace=True)
    return Observation(
        now.name,
        f"the link of {now.name} is down: it {state}",
        threshold=lasting(params.link_for or 0.0),
        severity=Severity.CRITICAL if is_required else _weight(now.name),
        evidence=evidence,
        boot_grace=True,
    )


def _weight(name: str) -> Severity:
    """Of a link that is lost."""
    of_default_route = interfaces.of_default_route()
    if name in of_default_route:
        return Severity.CRITICAL
    if interfaces.is_wireless(name):
        return Severity.INFO
    return Severity.INFO if of_default_route and not interfaces.carries_others(name) else Severity.WARNING


def _missing(name: str, params: Params) -> Observation:
    threshold, severity = lasting(params.link_for or 0.0), Severity.CRITICAL
    return Observation(name, f"there is no interface {name}", threshold=threshold, severity=severity, boot_grace=True)


def _packets(before: Interface, now: Interface, seconds: float, params: Params) -> Iterator[Observation]:
    packets = max(0, now.packets - before.packets)
    counted = {
        "errors": (max(0, now.errors - before.errors), params.threshold),
        "drops": (max(0, now.dropped - before.dropped), Threshold(warning=params.drops, for_s=params.for_s)),
    }
    for kind, (count, threshold) in counted.items():
        percent = round(100.0 * count / (packets + count), 2) if packets + count >= FEWEST else 0.0
        evidence = {"packets": packets, kind: count, f"{kind}_per_s": round(count / seconds, 2)}
        summary = f"{count} {kind} of {now.name} in {seconds:.0f} s, beside {packets} packets"
        counts = count / seconds >= (params.at_least or 0.0)
        yield Observation(f"{now.name} {kind}", summary, percent, "%", threshold if counts else None, evidence=evidence)


def _remember(name: str) -> None:
    _had_carrier[name] = None
    while len(_had_carrier) > MAX_REMEMBERED:
        del _had_carrier[next(iter(_had_carrier))]


_window = Window(lambda: interfaces.interfaces())

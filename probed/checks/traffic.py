"""How much the network interfaces receive and send, in Mbit/s, against what their links can carry.

Parameters: `interfaces` (auto, or names and shell patterns), `exclude` (names and patterns), `warning` (90%),
`critical` (off), `clear` (80%), in percent of the link's speed, `capacity` (none; Mbit/s, where the link does not tell
its speed, or the way behind it carries less), `for` (15m).

`auto` means network cards and what bundles them. Measured since the last look, at most 15 minutes back. A link that is
full makes everything slow that goes over it. A backup may fill it for hours, and rightly so: bound it where nothing
should, or compare it with the host's own past (`unusual: on`). Without a speed there is only the number. Look for the
program that sends so much. No action fits.

Example:
  - traffic: {interfaces: auto, capacity: 100, warning: 80%, for: 1h}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from probed.checks.parameters import For, NumberBound, PercentBound, PercentBounds
from probed.checks.since_last_look import Window
from probed.config.values import Names
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.threshold import Threshold
from probed.host import interfaces
from probed.host.interfaces import Interface

BITS_OF_A_MBIT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    interfaces: Annotated[tuple[str, ...], Names] = (interfaces.AUTO,)
    exclude: Annotated[tuple[str, ...], Names] = ()
    warning: PercentBound = 90.0
    critical: PercentBound = None
    clear: PercentBound = 80.0
    capacity: NumberBound = None
    for_s: For = 900.0


def look(params: Params) -> CheckAnswer:
    span = _window.move()
    found = interfaces.chosen(span.after, params.interfaces, params.exclude)
    answer = [
        observation
        for now in found
        if (before := span.before.get(now.name))
        for observation in _ways(before, now, span.seconds, params)
    ]
    return tuple(answer) or (Absent("network interface"),)


def _ways(before: Interface, now: Interface, seconds: float, params: Params) -> Iterator[Observation]:
    capacity = float(params.capacity or now.speed_mbit)
    carried = {
        "received": now.received_bytes - before.received_bytes,
        "sent": now.sent_bytes - before.sent_bytes,
    }
    for way, count in carried.items():
        rate = round(max(0, count) * 8 / BITS_OF_A_MBIT / seconds, 3)
        evidence = {"bytes": max(0, count), "window_s": round(seconds, 1), "capacity_mbit": capacity or None}
        share = f", {100 * rate / capacity:.0f}% of what it can carry" if capacity else ""
        threshold = _threshold(params, capacity) if capacity else None
        summary = f"{now.name} has {way} {rate:g} Mbit/s{share}"
        yield Observation(f"{now.name} {way}", summary, rate, "Mbit/s", threshold, evidence=evidence)


def _threshold(params: Params, capacity: float) -> Threshold:
    bounds = (params.warning, params.critical, params.clear)
    warning, critical, clear = (None if each is None else capacity * each / 100.0 for each in bounds)
    return Threshold(warning, critical, clear, params.for_s)


_window = Window(lambda: interfaces.interfaces())

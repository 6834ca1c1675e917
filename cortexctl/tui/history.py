"""How the numbers that tell most of a host went lately, and when its disks are full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cortexctl.daemon import Daemon
from cortexctl.failure import Rejected
from cortexctl.tui.shape import shaped
from probed.wire.status import GaugeShape
from probed.wire.trend import TrendShape

TRACED = ("cpu", "pressure", "memory", "disk")
"""Checks whose numbers are traced, in the order in which they are shown."""
SPAN_S = 86_400
POINTS = 48
MOST_TRACED = 12


@dataclass(frozen=True, slots=True)
class History:
    values: tuple[float | None, ...]
    """The oldest first, each over the same time; None: nothing was measured."""
    full_in_s: float | None = None
    """Most likely; None: that is not foreseen."""


Histories = Mapping[str, History]
"""By the gauge's name."""


def is_traced(gauge: GaugeShape) -> bool:
    return gauge.name.partition(" ")[0] in TRACED


def read_histories(daemon: Daemon, gauges: Iterable[GaugeShape]) -> dict[str, History]:
    """For a thread. What the daemon keeps no numbers of is left out."""
    histories = {}
    for gauge in [gauge for gauge in gauges if is_traced(gauge)][:MOST_TRACED]:
        check, _, thing = gauge.name.partition(" ")
        try:
            trend = shaped(TrendShape, daemon.trend(check=check, object=thing, span=SPAN_S, points=POINTS))
        except Rejected:
            continue
        histories[gauge.name] = history_of(trend)
    return histories


def history_of(trend: TrendShape) -> History:
    from cortexctl.times import moment

    since = moment(trend.since)
    values: list[float | None] = [None] * POINTS
    for point in trend.points:
        number = int((moment(point.at) - since).total_seconds() / trend.width_s)
        if 0 <= number < POINTS:
            values[number] = point.mean
    return History(tuple(values), trend.forecast.likely_s if trend.forecast else None)

"""A number on its scale: where it stands between nothing and too much."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

from probed.wire.status import GaugeShape

FILLED = "━"
HALF = "╸"
TRACK = "─"
LONGEST_UNIT = 3
"""A longer unit says in words what the name says too, and goes first where there is no room."""


def state(gauge: GaugeShape) -> str:
    """`ok`, `warning` or `critical`; where the warning lies above the critical bound, less is worse."""
    falls = gauge.warning is not None and gauge.critical is not None and gauge.warning > gauge.critical
    for name, bound in (("critical", gauge.critical), ("warning", gauge.warning)):
        if bound is not None and (gauge.value <= bound if falls else gauge.value >= bound):
            return name
    return "ok"


def worst_first(gauge: GaugeShape) -> tuple[int, str]:
    """A key to sort by. The daemon's own order is that in which the checks came back."""
    return ("critical", "warning", "ok").index(state(gauge)), gauge.name


def top(gauge: GaugeShape) -> float:
    """The value at the right end; 0 where nothing says what is much."""
    if gauge.unit == "%":
        return 100.0
    bounds = [bound for bound in (gauge.warning, gauge.critical) if bound is not None]
    return max(1.25 * max(bounds), gauge.value) if bounds else 0.0


def height(gauge: GaugeShape) -> float:
    """Of a curve: where it becomes critical, so that it is seen how near that was."""
    bounds = [bound for bound in (gauge.critical, gauge.warning) if bound]
    return bounds[0] if bounds and gauge.unit == "%" else top(gauge)


def bar(gauge: GaugeShape, columns: int) -> list[tuple[str, str]]:
    """Pieces of text with their tones, `columns` wide together. The empty track shows where it becomes a warning, and
    where critical."""
    end = top(gauge)
    if end <= 0 or not math.isfinite(gauge.value):
        return [(" " * columns, "")]
    full, half = divmod(round(2 * columns * min(max(gauge.value / end, 0.0), 1.0)), 2)
    filled = FILLED * full + (HALF if half else "")
    track = [state(replace(gauge, value=end * (column + 0.5) / columns)) for column in range(len(filled), columns)]
    return [(filled, state(gauge))] + [
        (TRACK * len(list(cells)), TRACK_TONES[tone]) for tone, cells in itertools.groupby(track)
    ]


TRACK_TONES = {"ok": "muted", "warning": "warning-track", "critical": "critical-track"}


def value_text(gauge: GaugeShape, *, is_short: bool = False) -> str:
    is_round = abs(gauge.value) >= 100 or gauge.value == round(gauge.value)
    number = f"{gauge.value:.0f}" if is_round else f"{gauge.value:.1f}"
    return number if is_short and len(gauge.unit) > LONGEST_UNIT else f"{number} {gauge.unit}".rstrip()


def bounds_text(gauge: GaugeShape) -> str:
    """`80/90`: from where on it is a warning, and critical."""
    if gauge.warning is None and gauge.critical is None:
        return ""
    return "/".join("-" if bound is None else f"{bound:g}" for bound in (gauge.warning, gauge.critical))


def name_text(gauge: GaugeShape) -> str:
    """`memory` for `memory memory`: the only object of its check is named like it."""
    check, _, thing = gauge.name.partition(" ")
    return check if thing in ("", check) else gauge.name

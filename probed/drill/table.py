"""What came of the drills: a row each, and whether the bar holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from probed.drill.campaign import Played
from probed.drill.outcome import State

SEEN_SHARE, LEVEL_SHARE = 0.95, 0.85
"""Of the faults, at least: seen with the right component, at the right level."""
HEADINGS = ("fault", "seen", "after", "level", "false alarms", "component")


@dataclass(frozen=True, slots=True)
class Row:
    played: Played

    @property
    def is_control(self) -> bool:
        return self.played.fault.truth.is_control

    @property
    def is_good(self) -> bool:
        outcome = self.played.outcome
        if outcome.state is not State.PLAYED:
            return False
        return not outcome.alarms and (self.is_control or (outcome.seen and outcome.is_level_right))

    def data(self) -> dict[str, Any]:
        fault, outcome = self.played.fault, self.played.outcome
        return {
            "fault": fault.name,
            "seen": outcome.seen,
            "component": outcome.component or None,
            "level": outcome.level or None,
            "seconds": outcome.seconds,
            "false_alarms": len(outcome.alarms),
            "state": outcome.state,
            "control": self.is_control,
            "right_level": outcome.is_level_right,
            "recorded": fault.truth.recorded or None,
            "note": self.note or None,
        }

    @property
    def note(self) -> str:
        return "; ".join(dict.fromkeys(filter(None, (self.played.outcome.note, *self.played.outcome.alarms))))

    def cells(self) -> tuple[str, ...]:
        outcome, truth = self.played.outcome, self.played.fault.truth
        if outcome.state is not State.PLAYED:
            return (self.played.fault.name, f"{outcome.state}!", "", "", "", "")
        false_alarms = f"{len(outcome.alarms)}{'!' if outcome.alarms else ''}"
        if self.is_control:
            return (self.played.fault.name, "quiet" if not outcome.alarms else "alarm!", "", "", false_alarms, "")
        seen = "yes" if outcome.seen else "no!"
        level = outcome.level if outcome.is_level_right else f"{outcome.level or 'none'}, not {truth.level}!"
        after = "" if outcome.seconds is None else f"{outcome.seconds:.1f} s"
        return (
            self.played.fault.name, seen, after, level if outcome.seen else "", false_alarms,
            outcome.component + (" (recorded)" if truth.recorded else ""),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bar:
    """What does not come to be seen at all counts as not seen: nothing is known of it."""

    faults: int
    seen: int
    right_level: int
    controls: int
    quiet: int

    @property
    def holds(self) -> bool:
        return (
            self.seen >= SEEN_SHARE * self.faults
            and self.right_level >= LEVEL_SHARE * self.faults
            and self.quiet == self.controls
        )

    def data(self) -> dict[str, Any]:
        return {
            "faults": self.faults, "seen": self.seen, "right_level": self.right_level,
            "controls": self.controls, "quiet": self.quiet, "holds": self.holds,
        }  # fmt: skip

    def text(self) -> str:
        parts = []
        if self.faults:
            parts += [
                f"{self.seen} of {self.faults} faults seen with the right component ({_percent(SEEN_SHARE)} wanted)",
                f"{self.right_level} at the right level ({_percent(LEVEL_SHARE)} wanted)",
            ]
        if self.controls:
            parts.append(f"{self.quiet} of {self.controls} healthy controls quiet (all wanted)")
        return f"{', '.join(parts)}: the bar {'holds' if self.holds else 'does not hold'}"


def bar(rows: Sequence[Row]) -> Bar:
    faults = [row for row in rows if not row.is_control]
    controls = [row.played.outcome for row in rows if row.is_control]
    return Bar(
        len(faults),
        sum(row.played.outcome.seen for row in faults),
        sum(row.played.outcome.is_level_right for row in faults),
        len(controls),
        sum(each.state is State.PLAYED and not each.alarms for each in controls),
    )


def text(rows: Sequence[Row], colours: bool) -> str:
    table = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in table
    ]
    coloured = [
        lines[0],
        *(_painted(line, row) if colours else line for line, row in zip(lines[1:], rows, strict=True)),
    ]
    notes = [f"{row.played.fault.name}: {row.note}" for row in rows if not row.is_good and row.note]
    return "\n".join([*coloured, "", *notes, *([""] if notes else []), bar(rows).text()])


def _painted(line: str, row: Row) -> str:
    return line if row.is_good else f"\x1b[31m{line}\x1b[0m"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"

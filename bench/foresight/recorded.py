"""Series that were recorded: five of a host (`bench/recordings`, with the command that made them), and, where somebody
has it at hand, the Numenta Anomaly Benchmark (github.com/numenta/NAB, under the AGPL, and so not kept here)."""

from __future__ import annotations

import csv
import json
import statistics
from datetime import datetime
from pathlib import Path

from bench.foresight.synthetic import FULL, Filling, Habits

FOLDER = Path(__file__).parent.parent / "recordings"
STEP_S = 5
"""Of a recording that lasts 25 minutes: stands for an hour."""
KNOWN_CAUSE = (
    "ambient_temperature_system_failure",
    "cpu_utilization_asg_misconfiguration",
    "machine_temperature_system_failure",
    "nyc_taxi",
)
"""Those of its series that are long enough for weeks to be compared."""


def fillings() -> list[Filling]:
    found = []
    for file in sorted(FOLDER.glob("*.csv")):
        values = _by_step(file)
        full_at = next((n for n, each in enumerate(values) if each >= FULL), None) if file.stem != "busy" else None
        found.append(Filling(f"recorded: {file.stem}", values if full_at is None else values[: full_at + 1], full_at))
    return found


def _by_step(file: Path) -> list[float]:
    steps: dict[int, list[float]] = {}
    for at, value in csv.reader(file.read_text().splitlines()):
        steps.setdefault(int(float(at)) // STEP_S, []).append(float(value))
    return [statistics.fmean(steps[step]) for step in sorted(steps)]


def habits(nab: Path) -> list[Habits]:
    """`nab`: a checkout. Its series hour by hour, with the windows in which something was wrong."""
    windows = json.loads((nab / "labels" / "combined_windows.json").read_text())
    return [_habits(nab, name, windows[f"realKnownCause/{name}.csv"]) for name in KNOWN_CAUSE]


def _habits(nab: Path, name: str, windows: list[list[str]]) -> Habits:
    hours: dict[int, list[float]] = {}
    for row in csv.DictReader((nab / "data" / "realKnownCause" / f"{name}.csv").read_text().splitlines()):
        hours.setdefault(_hour(row["timestamp"]), []).append(float(row["value"]))
    first, last = min(hours), max(hours)
    values, known = [], statistics.fmean(hours[first])
    for hour in range(first, last + 1):
        known = statistics.fmean(hours[hour]) if hour in hours else known
        values.append(known)
    return Habits(f"NAB: {name}", values, [(_hour(begin) - first, _hour(end) - first) for begin, end in windows])


def _hour(text: str) -> int:
    return int(datetime.fromisoformat(text.split(".")[0] + "+00:00").timestamp() // 3600)

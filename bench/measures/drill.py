"""The fire drills: which faults of a host are seen, at which level, how soon, and what is told that is not so."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Sequence

from bench.effort import Effort
from bench.row import Row, at_least, at_most
from tests.real.daemon import BIN

SOME = ("disk-full", "dns-dead", "page-cache")
LONGEST_S = 240.0
"""For all of them, on two cores."""


def measure(effort: Effort) -> Sequence[Row]:
    began = time.monotonic()
    names = () if effort.machine else SOME
    done = subprocess.run(
        [BIN / "cortexctl", "drill", "--json", *names], capture_output=True, text=True, timeout=1800, check=False
    )
    took_s = time.monotonic() - began
    answer = json.loads(done.stdout)
    rows, bar = answer["rows"], answer["bar"]
    seconds = [row["seconds"] for row in rows if row["seconds"] is not None]
    return [
        Row("drill: faults seen, with the right component", 100 * bar["seen"] / bar["faults"], "%", limit=at_least(95)),
        Row("drill: at the right level", 100 * bar["right_level"] / bar["faults"], "%", limit=at_least(85)),
        Row("drill: false alarms", sum(row["false_alarms"] for row in rows), "alarms", limit=at_most(0)),
        *([Row("drill: until a fault is seen, median", statistics.median(seconds), "s")] if seconds else []),
        Row("drill: all of them", took_s, "s", limit=at_most(LONGEST_S)),
    ]

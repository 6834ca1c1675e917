"""From the newest alert and the newest run down to the oldest, sheet by sheet, as the dashboard scrolls, in a database
that has ten thousand of the one and twenty times as many of the other."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.effort import Effort
from bench.filling import fill
from bench.load import P95_BOUND_MS, Outcome
from bench.process_tree import cpu_s
from bench.row import Figure, Row, at_most
from cortexctl.tui.screens.list_place import SHEET
from probed.wire import paths
from tests.real.daemon import RealDaemon, UnixConnection

NOUNS = {"alerts": paths.ALERTS, "runs": paths.RUNS}


def measure(effort: Effort) -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as name:
        daemon = RealDaemon(Path(name), {"monitor": {"max_size": "100GiB"}})
        fill(daemon.folder / "monitor.db", effort.scrolled)
        with daemon, closing(UnixConnection(daemon.socket, 30)) as connection:
            time.sleep(effort.settle_s)
            return [scrolled(daemon, connection, noun) for noun in NOUNS]


def scrolled(daemon: RealDaemon, connection: UnixConnection, noun: str) -> Row:
    seen, sheets, spent_s = set[str](), Outcome([], 0), cpu_s(daemon.pid)
    target: str | None = f"{NOUNS[noun]}?limit={SHEET}"
    while target:
        began = time.perf_counter()
        answer = asked(connection, target)
        sheets.times_ms.append(1000 * (time.perf_counter() - began))
        seen.update(item["id"] for item in answer["items"])
        target = answer["next"] and f"{NOUNS[noun]}?limit={SHEET}&before={answer['next']}"
    spent_ms = 1000 * (cpu_s(daemon.pid) - spent_s) / len(sheets.times_ms)
    beside = (Figure("the slowest", max(sheets.times_ms)), Figure("of the daemon's processor", spent_ms))
    return Row(
        f"scroll: {len(seen):,} {noun}, P95 of {SHEET}", sheets.quantile(0.95), "ms", beside, at_most(P95_BOUND_MS)
    )


def asked(connection: UnixConnection, target: str) -> Any:
    connection.request("GET", target)
    with connection.getresponse() as answer:
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{target}: {answer.status}")
    return json.loads(text)

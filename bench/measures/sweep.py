"""How long it takes to look at this host once: all inspections that come with Cortex, side by side."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.request import urlopen

from bench.effort import Effort
from bench.footprint import SHIPPED, median_ms
from bench.measures.idle import watching
from bench.peer import MONIT, NODE_EXPORTER, monitrc, running
from bench.row import Figure, Row, at_most
from tests.real.daemon import RealDaemon

BOUND_MS = 2000.0
UNDER_WAY = ("pending", "running")


def measure(effort: Effort) -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as name:
        folder = Path(name)
        with watching(folder) as daemon:
            ours = median_of(effort.sweeps, lambda: sweep(daemon))
        beside = (
            Figure("`monit validate`", monit_ms(folder, effort.sweeps)),
            Figure("a scrape of node_exporter", scrape_ms(folder / "node_exporter", effort.sweeps)),
        )
        return [Row("sweep: every check once", ours, "ms", beside, at_most(BOUND_MS))]


def sweep(daemon: RealDaemon) -> None:
    runs = [daemon.post(f"/api/v1/inspections/{document.stem}/run")[1]["id"] for document in SHIPPED.glob("*.md")]
    while any(daemon.get(f"/api/v1/runs/{run}")[1]["state"] in UNDER_WAY for run in runs):
        time.sleep(0.005)


def monit_ms(folder: Path, sweeps: int) -> float | None:
    return median_ms(["monit", "-c", monitrc(folder, 1, 30), "validate"], sweeps) if MONIT.executable else None


def scrape_ms(folder: Path, sweeps: int) -> float | None:
    with running(NODE_EXPORTER, folder) as exporter:
        if exporter is None:
            return None

        def scrape() -> None:
            with urlopen(f"http://127.0.0.1:{exporter.port}/metrics", timeout=10) as answer:
                answer.read()

        return median_of(sweeps, scrape)


def median_of(times: int, work: Callable[[], None]) -> float:
    """In milliseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)

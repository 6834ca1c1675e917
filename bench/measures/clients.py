"""What ten people who look on cost the daemon: each has a dashboard, which follows the events and reads anew what they
change. Something changes now and then; beside it stands the same without anybody who looks."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.effort import Effort
from bench.measures.idle import watching
from bench.process_tree import cpu_s
from bench.row import Figure, Row, at_most
from cortexctl.client import Client
from cortexctl.tui.source import Source
from tests.real.daemon import RealDaemon

DASHBOARDS = 10
CHANGE_S = 10.0
BOUND_PERCENT = 5.0
DISK = {"check": "disk", "object": "/srv", "severity": "warning", "summary": "/srv is 87 % full"}


def measure(effort: Effort) -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as name, watching(Path(name)) as daemon:
        time.sleep(effort.settle_s)
        alone = percent(daemon, effort.idle_s)
        with dashboards(daemon, DASHBOARDS):
            time.sleep(effort.settle_s / 4)
            watched = percent(daemon, effort.idle_s)
    title = f"clients: processor with {DASHBOARDS} dashboards, a change each {CHANGE_S:.0f} s"
    return [Row(title, watched, "%", (Figure("nobody looks", alone),), at_most(BOUND_PERCENT))]


def percent(daemon: RealDaemon, seconds: float) -> float:
    """Of a processor, while a disk becomes full and empty again, by turns."""
    began, before = time.monotonic(), cpu_s(daemon.pid)
    number = 0
    while time.monotonic() - began < seconds:
        full, number = number % 2 == 0, number + 1
        report = {"source": "backup", "verdict": "warning" if full else "ok", "summary": "looked"}
        daemon.post("/api/v1/reports", {**report, "findings": [DISK] if full else []})
        time.sleep(min(CHANGE_S, seconds))
    return 100 * (cpu_s(daemon.pid) - before) / (time.monotonic() - began)


@contextmanager
def dashboards(daemon: RealDaemon, count: int) -> Iterator[None]:
    """Without their screens, once each of them shows something."""
    shown, over = set[int](), threading.Event()

    async def look(number: int) -> None:
        await Source(Client(str(daemon.socket)), lambda _: shown.add(number)).run()

    async def look_together() -> None:
        looking = [asyncio.create_task(look(number)) for number in range(count)]
        await asyncio.to_thread(over.wait)
        for each in looking:
            each.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    people = threading.Thread(target=asyncio.run, args=(look_together(),))
    people.start()
    try:
        daemon.wait_until(lambda: len(shown) == count, 60)
        yield
    finally:
        over.set()
        people.join()

"""`cortexctl top` in a terminal of its own: how soon it shows something, what it takes while nothing happens, how soon
an alert is on the screen, and how a list of thousands is paged through."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.effort import Effort
from bench.filling import fill
from bench.measures.idle import cpu_percent, watching
from bench.process_tree import pss_mib
from bench.row import Figure, Row, at_most
from probed.wire import paths
from tests.real.daemon import BIN, RealDaemon
from tests.real.terminal import Terminal

CPU_BOUND_PERCENT = 2.0
SEEN_BOUND_MS = 200.0
KEY_BOUND_MS = 100.0
DOCUMENT = "schedule: on request\nchecks: [memory: {}]"
FINDING = {"check": "disk", "severity": "warning"}
ALERTS_OF_REPORTS = 20
"""So many reports go with one alert."""


def measure(effort: Effort) -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as folder:
        quiet, long_ = Path(folder, "quiet"), Path(folder, "long")
        for each in (quiet, long_):
            each.mkdir()
        return [*while_quiet(quiet, effort), *paging(long_, effort)]


def while_quiet(folder: Path, effort: Effort) -> Iterator[Row]:
    with watching(folder) as daemon, timed_top(folder, daemon) as (terminal, shown_s):
        yield Row("dashboard: from the start to what it shows", 1000 * shown_s, "ms")
        time.sleep(effort.settle_s)
        used = cpu_percent([terminal.pid, daemon.pid], effort.idle_s)
        beside = (Figure("daemon", used[daemon.pid]),)
        yield Row(
            "dashboard: processor while nothing happens", used[terminal.pid], "%", beside, at_most(CPU_BOUND_PERCENT)
        )
        yield Row("dashboard: memory", pss_mib(terminal.pid), "MiB")
        for place, key in {"the overview": "1", "the alerts": "2"}.items():
            terminal.type(key)
            took = [seen_ms(daemon, terminal, f"{place[4:7]}{number}") for number in range(max(2, effort.events))]
            yield Row(
                f"dashboard: a report's alert is on {place}, P50",
                statistics.median(took),
                "ms",
                (),
                at_most(SEEN_BOUND_MS),
            )


def paging(folder: Path, effort: Effort) -> Iterator[Row]:
    daemon = RealDaemon(folder)
    daemon.document("memory", DOCUMENT)
    fill(folder / "monitor.db", effort.scrolled)
    alerts = f"{effort.scrolled // ALERTS_OF_REPORTS:,} alerts"
    with daemon, timed_top(folder, daemon) as (terminal, _):
        terminal.type("2")
        terminal.shows("open")
        terminal.type("o")
        terminal.shows("open and past")
        before = pss_mib(terminal.pid)
        pages = [key_ms(terminal, "PageDown") for _ in range(max(2, effort.events))]
        yield Row(
            f"dashboard: a page down among {alerts}, P50", statistics.median(pages), "ms", (), at_most(KEY_BOUND_MS)
        )
        began = time.monotonic()
        terminal.type("End")
        terminal.until(lambda: "+" not in title(terminal), "the end")
        yield Row(f"dashboard: to the last of {alerts}", time.monotonic() - began, "s")
        yield Row(
            f"dashboard: memory at the last of {alerts}", pss_mib(terminal.pid), "MiB", (Figure("before", before),)
        )


@contextmanager
def timed_top(folder: Path, daemon: RealDaemon) -> Iterator[tuple[Terminal, float]]:
    """The dashboard, and how long it took until it showed the host."""
    began = time.monotonic()
    with Terminal(folder, [BIN / "cortexctl", "--socket", daemon.socket, "top"], 120, 40) as terminal:
        terminal.shows("live")
        yield terminal, time.monotonic() - began


def seen_ms(daemon: RealDaemon, terminal: Terminal, name: str) -> float:
    """From the answer to the report, which is stored by then, until its alert is on the screen."""
    finding = {**FINDING, "object": f"/{name}", "summary": f"{name} fills"}
    daemon.post(paths.REPORTS, {"source": "bench", "verdict": "warning", "summary": "s", "findings": [finding]})
    return until_ms(lambda: f"{name} fills" in terminal.screen)


def key_ms(terminal: Terminal, key: str) -> float:
    shown = terminal.screen
    terminal.type(key)
    return until_ms(lambda: terminal.screen != shown)


def until_ms(holds: Callable[[], bool], within_s: float = 30.0) -> float:
    """What tmux takes to tell is in it: some 10 ms. Infinite where it never comes."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > within_s:
            return float("inf")
    return 1000 * (time.monotonic() - began)


def title(terminal: Terminal) -> str:
    return next((line for line in terminal.screen.splitlines() if "Alerts " in line and "open" in line), "+")

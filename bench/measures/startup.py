"""How long until the command line has answered, and until a daemon that was started serves."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.effort import Effort
from bench.footprint import START_BOUND, median_ms
from bench.peer import MONIT, PEERS, Peer, figures, running
from bench.row import Figure, Row, at_most_times
from tests.real.daemon import BIN, RealDaemon


def measure(effort: Effort) -> Sequence[Row]:
    return [command_line(effort.starts), daemon(effort.starts)]


def command_line(starts: int) -> Row:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as folder, RealDaemon(Path(folder)) as daemon:
        python = median_ms([BIN / "python", "-c", "pass"], starts)
        status = median_ms([BIN / "cortexctl", "--socket", daemon.socket, "status"], starts)
        monit = monit_summary_ms(Path(folder) / "monit", starts)
    beside = (Figure("bare Python", python), Figure("`monit summary`", monit))
    return Row("start-up: `cortexctl status`", status, "ms", beside, at_most_times(START_BOUND))


def monit_summary_ms(folder: Path, starts: int) -> float | None:
    with running(MONIT, folder) as monit:
        return median_ms(["monit", "-c", folder / "monitrc", "summary"], starts) if monit else None


def daemon(starts: int) -> Row:
    ours = statistics.median(our_start_ms() for _ in range(starts))
    peers = {peer: start_ms(peer, starts) for peer in PEERS}
    return Row("start-up: daemon, until it serves", ours, "ms", figures(peers))


def our_start_ms() -> float:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as folder:
        daemon = RealDaemon(Path(folder))
        began = time.monotonic()
        with daemon:
            return 1000 * (time.monotonic() - began)


def start_ms(peer: Peer, starts: int) -> float | None:
    times = []
    for _ in range(starts):
        with tempfile.TemporaryDirectory(prefix="cortex-bench-") as name, running(peer, Path(name) / "own") as found:
            if found is None:
                return None
            times.append(1000 * found.ready_after_s)
    return statistics.median(times)

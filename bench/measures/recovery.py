"""How long until a daemon serves again: after `kill -9`, and after its database was damaged."""

from __future__ import annotations

import signal
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.effort import Effort
from bench.load import REPORT
from bench.peer import ALERTMANAGER, MONIT, Peer, figures, running
from bench.row import Row, at_most
from tests.real.daemon import RealDaemon

BOUND_MS = 5000.0
REPORTS = 200


def measure(effort: Effort) -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as folder, RealDaemon(Path(folder)) as daemon:
        for _ in range(REPORTS):
            daemon.post("/api/v1/reports", REPORT)
        daemon.post("/api/v1/backups")
        killed = statistics.median(back_after_ms(daemon) for _ in range(effort.kills))
        damaged = statistics.median(healed_after_ms(daemon) for _ in range(effort.kills))
    peers = {peer: peer_back_after_ms(peer, effort.kills) for peer in (ALERTMANAGER, MONIT)}
    return [
        Row("recovery: `kill -9`, until it serves", killed, "ms", figures(peers), at_most(BOUND_MS)),
        Row("recovery: damaged database, until it serves", damaged, "ms", (), at_most(BOUND_MS)),
    ]


def back_after_ms(daemon: RealDaemon) -> float:
    began = time.monotonic()
    daemon.kill(signal.SIGKILL)
    daemon.start()
    return 1000 * (time.monotonic() - began)


def healed_after_ms(daemon: RealDaemon) -> float:
    """The log goes, too, so that nothing of it mends the damage."""
    database = daemon.folder / "monitor.db"
    began = time.monotonic()
    daemon.kill(signal.SIGKILL)
    for companion in daemon.folder.glob("monitor.db-*"):
        companion.unlink()
    with database.open("r+b") as file:
        file.write(b"\xff" * 8192)
    daemon.start()
    took_ms = 1000 * (time.monotonic() - began)
    if not daemon.items("reports"):
        raise RuntimeError("the damaged database was not restored")
    return took_ms


def peer_back_after_ms(peer: Peer, kills: int) -> float | None:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as folder:
        times = [_killed_and_back_s(peer, Path(folder) / "own") for _ in range(kills)]
    known = [1000 * took_s for took_s in times if took_s is not None]
    return statistics.median(known) if known else None


def _killed_and_back_s(peer: Peer, folder: Path) -> float | None:
    with running(peer, folder) as found:
        if found:
            found.process.kill()
    with running(peer, folder) as again:
        return again.ready_after_s if again else None

"""Memory and processor time of the daemon with the inspections that come with it, while nothing happens; the peers run
beside it for the same time."""

from __future__ import annotations

import math
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.effort import Effort
from bench.footprint import RSS_BOUND_MIB, SHIPPED
from bench.peer import PEERS, Peer, figures, running
from bench.process_tree import cpu_s, pss_mib
from bench.row import Figure, Row, at_most
from probed.config.values import seconds
from tests.real.daemon import RealDaemon

CPU_BOUND_PERCENT = 1.0
SCHEDULE = re.compile(r"^schedule: every (\S+).*$", re.MULTILINE)


def measure(effort: Effort) -> Sequence[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cortex-bench-")))
        daemon = stack.enter_context(watching(folder))
        pids = {peer: pid_of(stack, peer, folder) for peer in PEERS}
        time.sleep(effort.settle_s)
        everybody = [daemon.pid, *filter(None, pids.values())]
        percent = cpu_percent(everybody, effort.idle_s)
        memory = {pid: pss_mib(pid) for pid in everybody}
        return [
            Row("memory: daemon, resident", daemon.rss_mib(), "MiB", (), at_most(RSS_BOUND_MIB)),
            Row("memory: whole tree, its share", memory[daemon.pid], "MiB", of_peers(pids, memory)),
            Row("idle: processor", percent[daemon.pid], "%", of_peers(pids, percent), at_most(CPU_BOUND_PERCENT)),
        ]


@contextmanager
def watching(folder: Path, every_s: int | None = None, slowest_s: float = math.inf) -> Iterator[RealDaemon]:
    """A daemon that has looked at everything once; `every_s` instead of what each document says, where that is
    `slowest_s` or more often."""
    daemon = RealDaemon(folder)
    for document in SHIPPED.glob("*.md"):
        text = document.read_text()
        found = SCHEDULE.search(text)
        if every_s is not None and found and seconds(found[1]) <= slowest_s:
            text = SCHEDULE.sub(f"schedule: every {every_s}s", text)
        (daemon.inspections / document.name).write_text(text)
    with daemon:
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 60)
        yield daemon


def pid_of(stack: ExitStack, peer: Peer, folder: Path) -> int | None:
    found = stack.enter_context(running(peer, folder / peer.program))
    return found.process.pid if found else None


def cpu_percent(pids: Sequence[int], seconds: float) -> Mapping[int, float]:
    began, before = time.monotonic(), {pid: cpu_s(pid) for pid in pids}
    time.sleep(seconds)
    return {pid: 100 * (cpu_s(pid) - spent) / (time.monotonic() - began) for pid, spent in before.items()}


def of_peers(pids: Mapping[Peer, int | None], values: Mapping[int, float]) -> tuple[Figure, ...]:
    return figures({peer: values[pid] if pid else None for peer, pid in pids.items()})

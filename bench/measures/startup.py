"""How long until the command line has answered, and until a daemon that was started serves."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from math import inf, nan
from pathlib import Path

from bench.effort import Effort
from bench.footprint import START_BOUND, median_ms
from bench.peer import MONIT, PEERS, Peer, figures, running
from bench.row import Figure, Row, at_most_times
from tests.real.daemon import BIN, RealDaemon
from tests.real.packages import PATH

HELP_BOUND = 8.0
BESIDE = ("`docker ps`", "`systemctl status`", "`glances --version`", "`monit summary`")
"""How soon others answer the same question, or at all."""


def measure(effort: Effort) -> Sequence[Row]:
    return [*command_line(effort.starts), daemon(effort.starts)]


def command_line(starts: int) -> Sequence[Row]:
    """The quickest of them, each in turn: what else the machine does only adds to it."""
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as folder, RealDaemon(Path(folder)) as daemon:
        ctl = (BIN / "cortexctl", "--socket", daemon.socket)
        line = f"cortexctl --socket {daemon.socket} runs show "
        with running(MONIT, Path(folder) / "monit") as monit:
            took = quickest_ms(
                {
                    "bare Python": [BIN / "python", "-c", "pass"],
                    "status": [*ctl, "status"],
                    "completion": [BIN / "cortexctl", "__complete", "bash", line, str(len(line)), ""],
                    "help": [BIN / "cortexctl", "--help"],
                    "`docker ps`": ["docker", "ps"],
                    "`systemctl status`": ["systemctl", "status"],
                    "`glances --version`": ["glances", "--version"],
                    **(
                        {"`monit summary`": ["monit", "-c", Path(folder) / "monit/monitrc", "summary"]} if monit else {}
                    ),
                },
                starts,
            )
    python = Figure("bare Python", took["bare Python"])
    peers = [Figure(name, took.get(name)) for name in BESIDE]
    return [
        Row("start-up: `cortexctl status`", took["status"] or nan, "ms", (python, *peers), at_most_times(START_BOUND)),
        Row(
            "start-up: an id completed in bash", took["completion"] or nan, "ms", (python,), at_most_times(START_BOUND)
        ),
        Row("start-up: `cortexctl --help`", took["help"] or nan, "ms", (python,), at_most_times(HELP_BOUND)),
    ]


def quickest_ms(commands: Mapping[str, Sequence[str | Path]], starts: int) -> Mapping[str, float | None]:
    """None for a program that is not here."""
    here = {name: argv for name, argv in commands.items() if shutil.which(argv[0], path=PATH)}
    times: dict[str, float] = dict.fromkeys(here, inf)
    for _ in range(starts):
        for name, argv in here.items():
            times[name] = min(times[name], median_ms(argv, 1))
    return {name: times.get(name) for name in commands}


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

"""Start-up of `cortexctl status` against bare Python; memory and CPU time of the daemon with the shipped inspections.

    .venv/bin/python -m bench.footprint [--minutes 60]

Prints a line a minute; ends 1 if a bound is broken at the end.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.real.daemon import BIN, RealDaemon

SHIPPED = Path(__file__).parents[1] / "inspections"
START_BOUND = 7.0
RSS_BOUND_MIB = 85.0


def median_ms(argv: Sequence[str | Path], runs: int = 15) -> float:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cortex-footprint-") as folder:
        daemon = RealDaemon(Path(folder))
        for document in SHIPPED.glob("*.md"):
            shutil.copy(document, daemon.inspections)
        with daemon:
            daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 60)
            python = median_ms([BIN / "python", "-c", "pass"])
            status = median_ms([BIN / "cortexctl", "--socket", daemon.socket, "status"])
            rss = watch(daemon, arguments.minutes)
    print(f"status {status:.0f} ms = {status / python:.1f} x bare Python ({python:.0f} ms); daemon {rss:.1f} MiB")
    return 1 if status / python > START_BOUND or rss > RSS_BOUND_MIB else 0


def watch(daemon: RealDaemon, minutes: float) -> float:
    process, began = psutil.Process(daemon.pid), time.monotonic()
    busy = sum(process.cpu_times()[:2])
    while (passed := time.monotonic() - began) < 60 * minutes:
        time.sleep(min(60.0, 60 * minutes - passed))
        share = (sum(process.cpu_times()[:2]) - busy) / (time.monotonic() - began)
        print(
            f"{(time.monotonic() - began) / 60:4.0f} min  {daemon.rss_mib():.1f} MiB  {share:.2%} of a core", flush=True
        )
    return daemon.rss_mib()


if __name__ == "__main__":
    sys.exit(main())

"""One table: what Cortex takes, beside what others take for the same on the same machine, and what is allowed.

    bench/run [--only NAME] [--quick]

A peer that is not installed is said to be not here; Debian has them all: monit, prometheus-alertmanager,
prometheus-node-exporter, netdata-core, glances with python3-bottle. Ends 1 where a limit is broken.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime

import psutil

from bench.effort import FULL, SHORT, Effort
from bench.measures.registry import MEASURES
from bench.row import Row
from bench.table import table


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="bench/run", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", metavar="NAME", action="append", choices=[*MEASURES], help=", ".join(MEASURES))
    parser.add_argument("--quick", action="store_true", help="a minute, to see that it works: the figures say little")
    chosen = parser.parse_args(arguments)
    load = os.getloadavg()
    rows, failed = measured(chosen.only or [*MEASURES], SHORT if chosen.quick else FULL)
    print(machine(load), "", table(rows), sep="\n")
    return 1 if failed or any(row.is_broken for row in rows) else 0


def measured(names: Sequence[str], effort: Effort) -> tuple[list[Row], list[str]]:
    """The rows, and the names of the measures that failed."""
    rows, failed = list[Row](), list[str]()
    for name in names:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        try:
            rows += MEASURES[name](effort)
        except Exception:  # noqa: BLE001 - said; the others have their turn
            traceback.print_exc()
            failed.append(name)
    return rows, failed


def machine(load: tuple[float, float, float]) -> str:
    memory_gib = psutil.virtual_memory().total / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} cores, {memory_gib:.0f} GiB, "
        f"Linux {platform.release()}, Python {platform.python_version()}; "
        f"load at the beginning {load[0]:.1f}, at the end {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())

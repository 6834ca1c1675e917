"""How fast a backup is taken and put back. A backup of Cortex is read through, counted and packed before it counts, and
is read through again before it takes the place of the database; what is beside it only copies."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.effort import Effort
from bench.filling import fill
from bench.row import Figure, Row, at_least
from probed.monitor.backups import BackupFolder
from probed.monitor.restoring import restore
from probed.ports import Actor

BOUND_MIB_S = 4.0
"""The largest database that retention allows by itself, 1 GiB, is back within five minutes."""


def measure(effort: Effort) -> Sequence[Row]:
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as name:
        folder = Path(name)
        database = folder / "monitor.db"
        fill(database, effort.copied)
        mib = database.stat().st_size / 2**20
        backups, now = BackupFolder(database, folder / "backups"), datetime.now(UTC)
        taking_s = seconds(lambda: backups.take(now))
        beside = (
            Figure("`sqlite3 .backup`", sqlite_mib_s(database, folder / "copy", mib)),
            Figure("`cp`", mib / seconds(lambda: shutil.copyfile(database, folder / "copied"))),
        )
        putting_back_s = seconds(lambda: restore(backups, backups.known()[-1], now, Actor("bench")))
    size = f"{mib:.0f} MiB"
    return [
        Row(f"backup: {size} taken, read through, packed", mib / taking_s, "MiB/s", beside, at_least(BOUND_MIB_S)),
        Row(f"backup: {size} put back, read through", mib / putting_back_s, "MiB/s", beside, at_least(BOUND_MIB_S)),
    ]


def sqlite_mib_s(database: Path, copy: Path, mib: float) -> float | None:
    program = shutil.which("sqlite3")
    if program is None:
        return None
    return mib / seconds(lambda: subprocess.run([program, database, f".backup {copy}"], check=True))


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began

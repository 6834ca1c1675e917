"""Records the day that bench.tokens replays: real checks look at a real file system, a real service and this host.

    sudo .venv/bin/python -m bench.day [--tick-s 1.5] [--out FILE]

Of 96 ticks, a quarter of an hour each, one is recorded in a second and a half: the day is short, what was seen is real.
In a network and a mount namespace of its own a small disk is written to; from the 30th tick on a program fills it, at
the 45th somebody makes room. A web server runs; between the 60th and the 84th tick it dies every other time and is
started again. The processor's load is left out: the day would be that of the machine that recorded it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.day.recording import DISK_FILLS, RECORDING, SERVICE_FLAPS, TICKS, Tick, document, write
from probed.checks.registry import CheckRegistry
from probed.core.observation import CheckAnswer
from probed.errors import CheckFailed
from probed.ports import Check

DATA = Path("/srv/data")
DISK_MIB = 64
LEFT = 2 * 2**20
"""Bytes that the dump leaves, so that the log goes on."""
PORT = 8080
INSIDE = "CORTEX_BENCH_DAY"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="bench.day", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tick-s", type=float, default=1.5, help="how long a tick lasts here")
    parser.add_argument("--out", type=Path, default=RECORDING)
    chosen = parser.parse_args()
    if not os.environ.get(INSIDE):
        again = ["unshare", "--mount", "--net", sys.executable, "-m", "bench.day", *sys.argv[1:]]
        sys.exit(subprocess.run(again, env={**os.environ, INSIDE: "yes"}, check=False).returncode)
    _world()
    checks = [CheckRegistry().bind(call) for call in document().checks]
    write(chosen.out, list(_record(checks, chosen.tick_s)))


def _world() -> None:
    for command in (
        ["ip", "link", "set", "lo", "up"],
        ["mount", "-t", "tmpfs", "tmpfs", "/srv"],
        ["mkdir", str(DATA)],
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}M", "tmpfs", str(DATA)],
    ):
        subprocess.run(command, check=True)


def _record(checks: Sequence[Check], tick_s: float) -> list[Tick]:
    service: subprocess.Popen[bytes] | None = None
    ticks: list[Tick] = []
    try:
        for number in range(TICKS):
            began = time.monotonic()
            service = _serve(service, is_wanted=number not in SERVICE_FLAPS or number % 2 == 0)
            _write_to_the_disk(number)
            time.sleep(max(tick_s - (time.monotonic() - began), 0.3))
            ticks.append([_answer(check) for check in checks])
    finally:
        _serve(service, is_wanted=False)
    return ticks


def _answer(check: Check) -> CheckAnswer | str:
    try:
        return check.look()
    except CheckFailed as error:
        return str(error)


def _serve(service: subprocess.Popen[bytes] | None, *, is_wanted: bool) -> subprocess.Popen[bytes] | None:
    if service and not is_wanted:
        service.kill()
        service.wait()
        return None
    if is_wanted and service is None:
        server = [sys.executable, "-m", "http.server", str(PORT), "--bind", "127.0.0.1"]
        return subprocess.Popen(server, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return service


def _write_to_the_disk(number: int) -> None:
    """A log grows slowly all day; in the incident a dump grows beside it, until somebody takes it away."""
    with (DATA / "log").open("ab") as log:
        log.write(os.urandom(30_000 + number % 7 * 1000))
    dump = DATA / "dump"
    if number in DISK_FILLS and number < DISK_FILLS.stop - 3:
        with dump.open("ab") as opened:
            room = os.statvfs(DATA).f_bavail * os.statvfs(DATA).f_frsize
            opened.write(os.urandom(max(min(6 * 2**20, room - LEFT), 0)))
    else:
        dump.unlink(missing_ok=True)


if __name__ == "__main__":
    main()

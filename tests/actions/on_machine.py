"""Actions of this process on the units of a booted machine.

The machine is a container, and its programs are scripts that enter its namespaces: what answers is its own systemd.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import probed.helper
from probed.host import systemd, timers
from probed.host.command import Completed, run_command
from tests.conftest import require
from tests.real.docker_engine import docker_engine
from tests.real.machine import machine

WITHIN_S = 120.0
PROGRAMS = ("systemctl", "systemd-analyze")


@dataclass(frozen=True, slots=True)
class UnitMachine:
    pid: int
    """Of its init, as this host counts."""
    bin: Path
    """To be put in front of PATH."""

    def stands_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is asked of this host's systemd is asked of the machine's. It has long to answer: others boot, too."""
        monkeypatch.setenv("PATH", f"{self.bin}:/usr/sbin:/usr/bin:/sbin:/bin")
        monkeypatch.setattr(systemd, "BOOTED", str(self.bin))
        for asking in (systemd, timers):
            monkeypatch.setattr(asking, "run_command", _patiently)

    def run(self, command: str) -> str:
        entered = [*_entering(self.pid), "sh", "-c", command]
        done = subprocess.run(entered, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}{done.stdout}"
        return done.stdout.strip()

    def add(self, name: str, service: str = "", **sections: str) -> str:
        """Write the unit `name` (a service without a suffix) with these sections, and return its full name."""
        full = name if "." in name else f"{name}.service"
        parts = {**({"Service": service} if service else {}), **sections}
        text = "\n".join(f"[{section}]\n{lines}" for section, lines in parts.items())
        self.run(f"cat >/etc/systemd/system/{full} <<'EOF'\n{text}\nEOF\nsystemctl daemon-reload")
        return full

    def start(self, *units: str) -> None:
        self.run(f"systemctl start {' '.join(units)}")

    def read(self, unit: str, name: str) -> str:
        return self.run(f"systemctl show -P {name} {unit}")

    def await_state(self, unit: str, state: str) -> None:
        self.until(lambda: self.read(unit, "ActiveState") == state, f"{unit} is not {state}")

    def until(self, holds: Callable[[], bool], fault: str) -> None:
        end = time.monotonic() + WITHIN_S
        while not holds():
            assert time.monotonic() < end, fault
            time.sleep(0.05)

    def clear(self, *units: str) -> None:
        """Stop them and forget them."""
        names = " ".join(units)
        self.run(
            f"systemctl stop {names}; systemctl disable {names} 2>/dev/null; cd /etc/systemd/system && rm -f {names}; "
            f"systemctl daemon-reload; systemctl reset-failed {names} 2>/dev/null; true"
        )


@contextmanager
def unit_machine(folder: Path) -> Iterator[UnitMachine]:
    require("nsenter", present=bool(shutil.which("nsenter")))
    with docker_engine() as engine, machine(engine) as booted:
        pid = int(engine.client.inspect_container(booted.name)["State"]["Pid"])
        booted.put(Path(probed.helper.__file__ or "").parent, "/srv/probed/helper")
        for name in PROGRAMS:
            program = folder / name
            program.write_text(f'#!/bin/sh\nexec {" ".join(_entering(pid))} {name} "$@"\n')
            program.chmod(0o755)
        yield UnitMachine(pid, folder)


def _patiently(argv: Sequence[str], *, deadline_s: float, **how: Any) -> Completed:
    return run_command(argv, deadline_s=20 * deadline_s, **how)


def _entering(pid: int) -> list[str]:
    return ["nsenter", f"--target={pid}", "--mount", "--pid", "--"]

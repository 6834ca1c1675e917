"""A real server of the Network UPS Tools, with a supply that says what a test wants."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import require
from tests.real.packages import program

LIBRARY = Path("/lib/nut")
WITHIN_S = 90.0


@dataclass
class Supply:
    folder: Path
    server: str
    """As upsc takes it."""
    driver: subprocess.Popen[bytes]

    @property
    def name(self) -> str:
        return f"rack@{self.server}"

    def says(self, status: str, **facts: object) -> None:
        """Facts with `_` in place of the dot; returns once the server has heard it."""
        lines = {"ups.status": status, **{name.replace("_", "."): value for name, value in facts.items()}}
        _write(self.folder, lines)
        end = time.monotonic() + WITHIN_S
        while self._status() != status:
            assert time.monotonic() < end, f"the server still says {self._status()}"
            time.sleep(0.1)

    def loses_its_driver(self) -> None:
        self.driver.kill()
        self.driver.wait()
        end = time.monotonic() + WITHIN_S
        while self._status():
            assert time.monotonic() < end
            time.sleep(0.1)

    def _status(self) -> str:
        asked = subprocess.run([program("upsc", "nut-client"), self.name, "ups.status"], capture_output=True, text=True)
        return asked.stdout.strip()


@contextlib.contextmanager
def supply(folder: Path, port: int) -> Iterator[Supply]:
    require("root, for a supply", present=os.geteuid() == 0)
    require("nut-server", present=(LIBRARY / "dummy-ups").exists())
    (folder / "ups.conf").write_text("[rack]\ndriver = dummy-ups\nport = rack.dev\n")
    (folder / "upsd.conf").write_text(f"LISTEN 127.0.0.1 {port}\n")
    (folder / "upsd.users").write_text("")
    _write(folder, {"ups.status": "OL"})
    for file in folder.iterdir():
        file.chmod(0o640)
    places = dict.fromkeys(("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH", "NUT_PIDPATH"), str(folder))
    commands = (["dummy-ups", "-a", "rack"], ["upsd"])
    with contextlib.ExitStack() as stack:
        driver, _ = [stack.enter_context(_started(command, places, folder)) for command in commands]
        yield Supply(folder, f"127.0.0.1:{port}", driver)


@contextlib.contextmanager
def _started(command: list[str], places: Mapping[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    argv = [str(LIBRARY / command[0]), *command[1:], "-u", "root", "-F"]
    with (folder / f"{command[0]}.log").open("wb") as log:
        process = subprocess.Popen(argv, env={**os.environ, **places}, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _write(folder: Path, facts: Mapping[str, object]) -> None:
    """In one step, for the driver reads it whenever it has changed: by the second, so each is of another one."""
    new, device = folder / "new", folder / "rack.dev"
    new.write_text("".join(f"{name}: {value}\n" for name, value in facts.items()))
    changed_at = device.stat().st_mtime + 1 if device.exists() else new.stat().st_mtime
    os.utime(new, (changed_at, changed_at))
    new.rename(device)

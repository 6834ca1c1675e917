"""Stand-ins for systemd's programs, where only the reading of what they print is tested."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from probed.host import systemd


class Scripted:
    """A folder in front of PATH; each program prints what it was given and notes its arguments."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def answer(self, name: str, stdout: str = "", stderr: str = "", exit_code: int = 0, sleep_s: float = 0) -> None:
        (self.folder / f"{name}.out").write_text(stdout)
        (self.folder / f"{name}.err").write_text(stderr)
        script = self.folder / name
        script.write_text(
            f'#!/bin/sh\necho "$@" >>{self.folder}/{name}.calls\nsleep {sleep_s}\n'
            f"cat {self.folder}/{name}.err >&2\ncat {self.folder}/{name}.out\nexit {exit_code}\n"
        )
        script.chmod(0o755)

    def calls(self, name: str) -> list[str]:
        return (self.folder / f"{name}.calls").read_text().splitlines()


def booted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """As on a host where systemd runs."""
    monkeypatch.setattr(systemd, "BOOTED", str(folder))
    return Scripted(folder / "bin", monkeypatch)


def show_block(name: str, **properties: str) -> str:
    """A unit as `systemctl show` of systemd 252 prints it; by default a service that runs."""
    known = {
        "Type": "simple",
        "Restart": "no",
        "MainPID": "119",
        "Result": "success",
        "NRestarts": "0",
        "ExecMainCode": "0",
        "ExecMainStatus": "0",
        "Id": name,
        "Names": name,
        "TriggeredBy": "",
        "Description": f"Test {name}",
        "LoadState": "loaded",
        "ActiveState": "active",
        "SubState": "running",
        "UnitFileState": "enabled",
        "StateChangeTimestampMonotonic": "2579720141",
        "InactiveExitTimestampMonotonic": "2579720141",
        "ConditionResult": "yes",
        "ConditionTimestampMonotonic": "2579718412",
        "InvocationID": "3dfa56a65cb54a629d57e985714efb7e",
    }
    return "".join(f"{key}={value}\n" for key, value in (known | properties).items())

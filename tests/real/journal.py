"""A journal of our own, written by systemd's own program for journals from elsewhere."""

from __future__ import annotations

import subprocess
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from tests.real.packages import program

REMOTE = "/lib/systemd/systemd-journal-remote"
MACHINE, BOOT = uuid.uuid4().hex, uuid.uuid4().hex


class Journal:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._writer = program(REMOTE, "systemd-journal-remote")
        self._written = 0

    def write(self, *messages: str, **fields: object) -> None:
        """As a program of root's called `app` would, unless the fields say another; now, in this order."""
        self.write_all(messages, **fields)

    def write_all(self, messages: Iterable[str], **fields: object) -> None:
        entries = "".join(self._entry(message, fields) for message in messages)
        command = [self._writer, f"--output={self.folder}/remote.journal", "-"]
        subprocess.run(command, input=entries, text=True, check=True, capture_output=True, timeout=60)

    def _entry(self, message: str, fields: dict[str, object]) -> str:
        self._written += 1
        at = time.time_ns() // 1000
        head = {
            "__REALTIME_TIMESTAMP": at,
            "__MONOTONIC_TIMESTAMP": 1_000_000 + self._written,
            "_BOOT_ID": BOOT,
            "_MACHINE_ID": MACHINE,
        }
        body = {"SYSLOG_IDENTIFIER": "app", "PRIORITY": 6, "_UID": 0, "_PID": 77, "MESSAGE": message, **fields}
        return "".join(f"{name}={value}\n" for name, value in (head | body).items()) + "\n"

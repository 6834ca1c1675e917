"""The running daemon, asked over its socket; and whether one should run."""

from __future__ import annotations

import getpass
import http.client
import json
import os
import socket
from pathlib import Path
from typing import Any

from probed.config.defaults import resolved
from probed.config.settings import Settings
from probed.daemon import lock
from probed.doctor.installation import Installation
from probed.doctor.line import Answer, fails, passes, warns
from probed.doctor.service import UNIT, service
from probed.wire import paths

DEADLINE_S = 6.0
"""More than the daemon gives its own probes."""
LONGEST_ANSWER = 4 * 2**20
LOCKS = Path("/proc/locks")


def daemon(installation: Installation, settings: Settings) -> Answer:
    path = resolved(settings.api.socket)
    try:
        ready, detail = _ask(path)
    except PermissionError:
        command = f"sudo usermod -aG {settings.api.group} {getpass.getuser()}, then log in again"
        return fails(f"uid {os.geteuid()} may not connect to {path}", command)
    except (FileNotFoundError, ConnectionRefusedError):
        return _absent(installation, settings, path)
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        return fails(f"{path} gives no answer: {error or type(error).__name__}", f"see its log: journalctl -u {UNIT}")
    if not ready:
        return fails(f"it runs, but is not ready: {detail}", f"see its log: journalctl -u {UNIT}")
    return passes(f"ready, on {path}")


def _absent(installation: Installation, settings: Settings, path: Path) -> Answer:
    holder = running(settings)
    if holder:
        return fails(
            f"process {holder} uses the state directory, but nobody listens on {path}",
            f"wait a moment, it may be starting or stopping; else end it: kill {holder}",
        )
    unit = service()
    if unit and unit.unit_file_state == "enabled":
        return fails(f"{UNIT} is enabled, but nobody listens on {path}", f"systemctl start {UNIT}")
    start = f"probed --config {installation.config}" if installation.config else "probed"
    return warns(f"does not run: nobody listens on {path}", f"start it: {start}")


def _ask(path: Path) -> tuple[bool, str]:
    """Whether it is ready, and what is not."""
    answer = ask(path, paths.READYZ)
    broken = [f"{probe['name']} ({probe['detail']})" for probe in answer["probes"] if not probe["ok"]]
    return bool(answer["ready"]), ", ".join(broken)


def ask(path: Path, route: str) -> Any:
    """What the daemon on that socket says. Raises OSError, HTTPException, ValueError."""
    connection = _UnixConnection(path)
    try:
        connection.request("GET", route)
        return json.loads(connection.getresponse().read(LONGEST_ANSWER))
    finally:
        connection.close()


def running(settings: Settings) -> int | None:
    """The process of the daemon that uses this state directory."""
    return _lock_holder(resolved(settings.monitor.path).parent / lock.NAME)


def _lock_holder(path: Path) -> int | None:
    """Who holds the lock on the file, without touching the lock: a daemon might start in this moment."""
    try:
        inode, lines = str(path.stat().st_ino), LOCKS.read_text().splitlines()
    except OSError:
        return None
    for words in map(str.split, lines):
        if words[1] == "FLOCK" and words[5].rpartition(":")[2] == inode:
            return int(words[4])
    return None


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=DEADLINE_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(DEADLINE_S)
        self.sock.connect(str(self._path))

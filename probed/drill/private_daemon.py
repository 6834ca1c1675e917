"""The `probed` of a drill, asked over its socket like any other."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from probed.drill.places import BIN, DAEMON
from probed.errors import CortexError
from probed.wire import paths

STARTS_WITHIN_S = 60.0
ANSWERS_WITHIN_S = 10.0
STOPS_WITHIN_S = 10.0
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
FOLDER = Path(DAEMON)
SOCKET, LOG = FOLDER / "probed.sock", FOLDER / "probed.log"
SETTINGS, MONITOR = FOLDER / "config.yaml", FOLDER / "monitor.db"
PASSED = ("LANG", "LC_ALL", "TZ")


def environment() -> dict[str, str]:
    """For the daemon, and for the programs of the fault: nothing of whoever called that could lead out of the world."""
    interpreter = os.path.dirname(sys.executable)
    path = ":".join((BIN, interpreter, os.environ.get("PATH", ""), SYSTEM_PATH))
    own = {"PATH": path, "HOME": "/root", "CORTEX_SOCKET": str(SOCKET)}
    return {**own, **{name: os.environ[name] for name in PASSED if name in os.environ}}


class PrivateDaemon:
    def __init__(self, document: str, config: Mapping[str, Any]) -> None:
        inspections = FOLDER / "inspections"
        inspections.mkdir(parents=True, exist_ok=True)
        (inspections / "drill.md").write_text(document)
        own: dict[str, Any] = {
            "mode": "act",
            "host": "drill",
            # the host's own groups are nobody's in this user namespace: a socket cannot be given to them
            "api": {"socket": str(SOCKET), "group": "root", "admin_group": "root"},
            "monitor": {"path": str(MONITOR)},
            "inspections": {"dir": str(inspections), "boot_grace": "0s"},
        }
        SETTINGS.write_text(json.dumps({**config, **own}))
        SETTINGS.chmod(0o600)
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        with LOG.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "probed", "--config", SETTINGS],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(), cwd="/",
            )  # fmt: skip

    def begin_anew(self) -> None:
        """Another one, that knows nothing of what this one has found. Raises CortexError where it does not start."""
        self._process.terminate()
        try:
            self._process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for path in (*FOLDER.glob(f"{MONITOR.name}*"), SOCKET):
            path.unlink(missing_ok=True)
        shutil.rmtree(FOLDER / "backups", ignore_errors=True)  # it would begin with one of these
        self._process = self._started()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Raises CortexError with its last words where it does not start."""
        end = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                if self._request("GET", paths.READYZ)[0] == http.client.OK:
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        words = LOG.read_text(errors="replace").strip().splitlines()
        raise CortexError(f"the private daemon did not start: {words[-1] if words else 'it said nothing'}")

    def get(self, path: str) -> Any:
        """Raises CortexError where it gives no answer."""
        return self._asked("GET", path)

    def post(self, path: str) -> Any:
        return self._asked("POST", path)

    def _asked(self, method: str, path: str) -> Any:
        try:
            return self._request(method, path)[1]
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise CortexError(f"the private daemon gave no answer: {error or type(error).__name__}") from error

    def _request(self, method: str, path: str) -> tuple[int, Any]:
        connection = _UnixConnection()
        try:
            connection.request(method, path, "{}" if method == "POST" else None, {"content-type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self) -> None:
        super().__init__("localhost", timeout=ANSWERS_WITHIN_S)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(SOCKET))

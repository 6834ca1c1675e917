"""A real `probed` with a private folder, driven from outside: over its socket and by signals."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, cast

READY_WITHIN_S = 120.0
BIN = Path(sys.executable).parent


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


@dataclass
class RealDaemon:
    """`config` is merged into a configuration that keeps everything below `folder`."""

    folder: Path
    config: Mapping[str, Mapping[str, object] | object] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    prefix: Sequence[str] = ()
    """Words in front of the command, as in `unshare --mount`; they must end in an exec."""
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.inspections = self.folder / "inspections"
        self.inspections.mkdir(exist_ok=True)
        self.socket = self.folder / "probed.sock"
        self.log_path = self.folder / "log"

    @property
    def config_path(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def write_config(self) -> Path:
        merged: dict[str, Any] = {
            "api": {"socket": str(self.socket)},
            "monitor": {"path": str(self.folder / "monitor.db")},
            "inspections": {"dir": str(self.inspections)},
        }
        for key, value in self.config.items():
            known = merged.get(key)
            merged[key] = {**known, **value} if isinstance(known, dict) and isinstance(value, Mapping) else value
        self.config_path.write_text(json.dumps(merged))
        self.config_path.chmod(0o600)
        return self.config_path

    def document(self, name: str, front_matter: str, body: str = "") -> None:
        (self.inspections / f"{name}.md").write_text(f"---\nid: {name}\n{front_matter.strip()}\n---\n{body}\n")

    def launch(self) -> None:
        """Start the process without waiting for it."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, BIN / "probed", "--config", self.write_config()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.env},
                start_new_session=True,
            )

    def start(self) -> None:
        self.launch()
        self.wait_until(lambda: self.get("/readyz")[0] == 200, READY_WITHIN_S)

    def wait_until(self, holds: Any, within_s: float = 60.0) -> None:
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if self.process and self.process.poll() is not None:
                raise AssertionError(f"probed ended with {self.process.returncode}:\n{self.log[-2000:]}")
            try:
                if holds():
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.05)
        raise AssertionError(f"not within {within_s} s; the log ends:\n{self.log[-3000:]}")

    def request(self, method: str, path: str, body: object = None, timeout_s: float = 60.0) -> tuple[int, Any]:
        connection = UnixConnection(self.socket, timeout_s)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"content-type": "application/json"} if data else {})
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(raw)
        except ValueError:
            return answer.status, raw.decode(errors="replace")

    def get(self, path: str) -> tuple[int, Any]:
        return self.request("GET", path)

    def post(self, path: str, body: object = None) -> tuple[int, Any]:
        return self.request("POST", path, body)

    def items(self, noun: str) -> list[dict[str, Any]]:
        status, answer = self.get(f"/api/v1/{noun}")
        assert status == 200, answer
        return cast(list[dict[str, Any]], answer["items"])

    def ctl(self, *arguments: str, timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BIN / "cortexctl", "--socket", self.socket, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def rss_mib(self) -> float:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("the process has ended")

    def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(70)

    def stop(self) -> int:
        """End it as systemd would; returns its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(70)
            except subprocess.TimeoutExpired:
                self.process.kill()
        return self.process.wait(5)

    def __enter__(self) -> RealDaemon:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

"""Debian's prometheus-alertmanager as a process with a private folder, to compare with."""

from __future__ import annotations

import http.client
import json
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.real.packages import program
from tests.real.servers import free_port

READY_WITHIN_S = 120.0


@dataclass
class RealAlertmanager:
    """`config`: the content of alertmanager.yml."""

    folder: Path
    config: Mapping[str, object]
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port = free_port()

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        config = self.folder / "alertmanager.yml"
        config.write_text(json.dumps(self.config))  # JSON is YAML
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    program("prometheus-alertmanager", "prometheus-alertmanager"),
                    f"--config.file={config}",
                    f"--storage.path={self.folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                    "--cluster.listen-address=",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._wait_until_ready()

    def request(self, method: str, path: str, body: object = None, timeout_s: float = 60.0) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"content-type": "application/json"})
            answer = connection.getresponse()
            raw = answer.read()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(raw)
        except ValueError:
            return answer.status, raw.decode(errors="replace")

    def post_alerts(self, alerts: Sequence[Mapping[str, object]]) -> None:
        status, answer = self.request("POST", "/api/v2/alerts", alerts)
        assert status == 200, answer

    def stop(self) -> None:
        """As systemd would: it writes its snapshots at the end."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)

    def __enter__(self) -> RealAlertmanager:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < end:
            try:
                if self.request("GET", "/-/ready", timeout_s=1)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text()[-2000:])

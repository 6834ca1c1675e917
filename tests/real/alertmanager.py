"""Debian's prometheus-alertmanager on loopback, with a folder of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.real.packages import program
from tests.real.servers import free_port

STARTS_WITHIN_S = 15.0


@contextlib.contextmanager
def alertmanager(folder: Path, config: Mapping[str, object]) -> Iterator[str]:
    """Its address; `config` is JSON, which is YAML."""
    path = folder / "alertmanager.yml"
    path.write_text(json.dumps(config))
    url = f"http://127.0.0.1:{free_port()}"
    command = [
        program("prometheus-alertmanager", "prometheus-alertmanager"),
        f"--config.file={path}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={url.removeprefix('http://')}",
        "--cluster.listen-address=",
        "--log.level=error",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_ready(url)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def post_alerts(url: str, alerts: Sequence[Mapping[str, object]]) -> None:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/api/v2/alerts", json.dumps(alerts).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


def _wait_until_ready(url: str) -> None:
    end = time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            with urllib.request.urlopen(f"{url}/-/ready", timeout=2):
                return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)

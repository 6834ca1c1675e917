"""A resolver that takes every question and never answers: what needs names fails in time, and all else goes on."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import require
from tests.real.bot_api import TOKEN
from tests.real.daemon import RealDaemon

SILENT = "127.77.0.53"
"""Of this host alone: all of 127.0.0.0/8 is."""
RESOLV = "mount --bind {conf} /etc/resolv.conf && mount --bind {hosts} /etc/nsswitch.conf"
RUNS = 5


@pytest.fixture
def resolver() -> Iterator[None]:
    require("root, to answer on port 53", present=os.geteuid() == 0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((SILENT, 53))
        yield


@pytest.fixture
def daemon(tmp_path: Path, resolver: None) -> Iterator[RealDaemon]:
    (tmp_path / "resolv.conf").write_text(f"nameserver {SILENT}\n")
    (tmp_path / "nsswitch.conf").write_text("hosts: files dns\n")
    mounts = RESOLV.format(conf=tmp_path / "resolv.conf", hosts=tmp_path / "nsswitch.conf")
    place = tmp_path / "daemon"
    place.mkdir()
    (place / "token").write_text(TOKEN)
    (place / "token").chmod(0o600)
    webhooks = [{"url": f"http://hook-{number}.example/"} for number in range(8)]
    config = {
        "telegram": {"api_url": "http://telegram.example", "token_file": "token", "chat_id": 1},
        "heartbeat": {"url": "http://beat.example/"},
        "alerts": {"receivers": [{"name": "ops", "webhook_configs": webhooks}]},
    }
    made = RealDaemon(place, config, prefix=("unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh"))
    made.document("named", "schedule: every 4s\nchecks:\n" + "".join(
        f"  - {check}\n" for check in (
            "http: {url: 'http://web.example/', timeout: 1s}",
            "tcp_port: {host: db.example, port: 5432, timeout: 1s}",
            "tls_certificate: {host: tls.example, timeout: 1s}",
        )
    ))  # fmt: skip
    made.document("beat", f"schedule: every 1s\nchecks:\n  - file: {{path: {tmp_path}}}")
    yield made
    made.stop()


def ended(daemon: RealDaemon, inspection: str) -> list[str]:
    return [run["state"] for run in daemon.items(f"runs?inspection={inspection}&limit=100") if run["ended_at"]]


def test_what_needs_names_fails_within_its_deadline_and_everything_else_goes_on(daemon: RealDaemon) -> None:
    with daemon:
        daemon.wait_until(lambda: len(ended(daemon, "named")) >= 2, 180)
        before = len(ended(daemon, "beat"))
        daemon.wait_until(lambda: len(ended(daemon, "beat")) >= before + RUNS, 180)

        states = ended(daemon, "named")
        findings = {
            item["finding"]["check"]: item["finding"]["summary"] for item in daemon.items("findings?source=named")
        }
        assert daemon.get("/readyz")[0] == 200
        assert daemon.process
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_until(lambda: "reloaded: 2 inspections" in daemon.log, 180)
        assert daemon.kill(signal.SIGTERM) == 0

    assert "timeout" not in states
    assert "within 1 s" in findings["http"], "of the resolver or of the whole request: whichever comes first"
    assert set(findings) >= {"http", "tcp_port"}

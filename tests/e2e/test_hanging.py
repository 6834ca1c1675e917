"""What hangs holds up nobody else: its own run ends in time and says why, and nothing of it stays."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pytest

from tests.real.daemon import RealDaemon
from tests.real.hung_mount import hung_mount
from tests.real.servers import serving

STUBBORN = """
trap '' TERM INT HUP
setsid sh -c "trap '' TERM; exec -a {word} sleep 1000" &
exec -a {word} sleep 1000
"""
WORD = f"stubborn-of-{os.getpid()}"
HANGING = {
    "disk": ("disk: {{mounts: {mount}}}", "does not answer within 2 s"),
    "file": ("file: {{path: {mount}/marker}}", "no answer within 3 s"),
    "command": ("command: {{command: [bash, {script}], timeout: 1s, name: stuck}}", "did not end within 1 s"),
    "dns": ("dns: {{name: www.test, server: 127.0.0.1, port: {hole}, timeout: 1s}}", "no answer within 1 s"),
    "http": ('http: {{url: "http://127.0.0.1:{mute}/", timeout: 1s}}', "no answer within 1 s"),
    "postgresql": ("postgresql: {{host: 127.0.0.1, port: {mute}, timeout: 2s}}", "does not answer"),
    "redis": ("redis: {{host: 127.0.0.1, port: {mute}, timeout: 1s}}", "does not answer"),
    "docker": ("docker_container: {{containers: auto}}", "no answer within 3 s"),
}
"""A document's item, and what its report says."""
TIMEOUT_S = 4
"""Of a run; what the daemon keeps back for the report is a second."""
WORKERS, SPARE = 10, 8


def hold(connection: socket.socket) -> None:
    while connection.recv(100):
        pass


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealDaemon]:
    """With an inspection for each thing that hangs, and one that looks at what is healthy."""
    folder = tmp_path_factory.mktemp("hanging")
    script = folder / "stubborn.sh"
    script.write_text(STUBBORN.format(word=WORD))
    with ExitStack() as stack:
        hole = stack.enter_context(socket.socket(type=socket.SOCK_DGRAM))
        hole.bind(("127.0.0.1", 0))
        engine = stack.enter_context(socket.socket(socket.AF_UNIX))
        engine.bind(str(folder / "docker.sock"))
        engine.listen()
        places = {
            "mount": stack.enter_context(hung_mount(folder / "away")),
            "script": script,
            "hole": hole.getsockname()[1],
            "mute": stack.enter_context(serving(hold)),
        }
        (folder / "daemon").mkdir()
        made = RealDaemon(
            folder / "daemon",
            {"inspections": {"workers": WORKERS}},
            env={"DOCKER_HOST": f"unix://{folder}/docker.sock"},
        )
        for name, (item, _) in HANGING.items():
            made.document(name, f"schedule: every 1s\ntimeout: {TIMEOUT_S}s\nchecks:\n  - {item.format(**places)}")
        made.document("healthy", f"schedule: every 1s\nchecks:\n  - file: {{path: {folder}}}")
        stack.enter_context(made)
        yield made


def ended(daemon: RealDaemon, inspection: str) -> list[dict[str, Any]]:
    return [run for run in daemon.items(f"runs?inspection={inspection}&limit=100") if run["ended_at"]]


def seconds(run: dict[str, Any]) -> float:
    began, end = (datetime.fromisoformat(run[name]) for name in ("started_at", "ended_at"))
    return (end - began).total_seconds()


@pytest.mark.parametrize("name", HANGING)
def test_what_hangs_ends_in_time_and_says_why_while_others_are_looked_at(daemon: RealDaemon, name: str) -> None:
    daemon.wait_until(lambda: len(ended(daemon, name)) >= 2, 180)
    healthy = len(ended(daemon, "healthy"))
    run = ended(daemon, name)[-1]
    report = daemon.get(f"/api/v1/reports/{run['report_id']}")[1]

    assert report["verdict"] != "ok"
    assert HANGING[name][1] in str(report)
    assert seconds(run) < TIMEOUT_S + 30
    daemon.wait_until(lambda: len(ended(daemon, "healthy")) >= healthy + 3, 180)
    assert {each["state"] for each in ended(daemon, "healthy")} == {"ok"}


def test_what_hangs_again_and_again_leaves_the_others_their_workers(daemon: RealDaemon) -> None:
    """It is looked at more often than there are threads, those to spare included."""
    daemon.wait_until(lambda: len(ended(daemon, "file")) >= WORKERS + SPARE + 4, 180)

    newest = ended(daemon, "healthy")[0]
    assert newest["state"] == "ok", newest
    assert "have not come back yet" in ended(daemon, "file")[0]["reason"]


def test_nothing_is_left_behind(daemon: RealDaemon) -> None:
    daemon.wait_until(lambda: ended(daemon, "command"), 180)

    assert daemon.kill(signal.SIGTERM) == 0

    end = time.monotonic() + 120
    while subprocess.run(["pgrep", "-f", WORD], capture_output=True, check=False).returncode == 0:
        assert time.monotonic() < end, "the command outlived the daemon"
        time.sleep(0.1)

"""What the host tells by itself, in a whole daemon: every schedule here is an hour."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real.daemon import RealDaemon
from tests.real.docker_engine import DockerEngine, docker_engine

SLEEP = ["sleep", "1000"]


def open_cases(daemon: RealDaemon) -> dict[str, str]:
    return {case["object"]: case["severity"] for case in daemon.items("cases") if case["stage"] != "resolved"}


def status(daemon: RealDaemon) -> Any:
    return daemon.get("/api/v1/status")[1]


def source(daemon: RealDaemon, name: str) -> str:
    return str(status(daemon)["daemon"]["events"].get(name, ""))


def watch(daemon: RealDaemon, *sources: str) -> None:
    daemon.wait_until(lambda: status(daemon)["first_sweep_done"], 180)
    for name in sources:
        daemon.wait_until(lambda name=name: source(daemon, name) == "live", 180)


@pytest.fixture
def engine() -> Iterator[DockerEngine]:
    with docker_engine() as engine:
        yield engine


@pytest.mark.docker
def test_containers_that_die_are_found_at_once_and_an_engine_that_dies_is_said(
    tmp_path: Path, engine: DockerEngine
) -> None:
    """One engine, one daemon: a crash, a stop by a person, and the end of the engine itself."""
    for name in ("web", "stopped"):
        engine.run(name, SLEEP)
    daemon = RealDaemon(tmp_path, {"inspections": {"boot_grace": "0s"}}, {"DOCKER_HOST": engine.address})
    daemon.document("containers", "schedule: every 1h\nchecks:\n  - docker_container: {containers: [auto, stopped]}")
    with daemon:
        watch(daemon, "docker")

        engine.client.stop("stopped", timeout=1)
        os.kill(engine.state("web")["Pid"], 9)
        daemon.wait_until(lambda: open_cases(daemon) == {"web": "warning"}, 180)
        [run] = [run for run in daemon.items("runs") if run["trigger"] == "event"]
        assert "docker tells of" in run["reason"]
        engine.client.start("web")
        daemon.wait_until(lambda: open_cases(daemon) == {}, 180)

        engine.process.terminate()
        engine.process.wait()
        daemon.wait_until(lambda: source(daemon, "docker").startswith("polled"), 180)
        assert "no events from docker" in daemon.ctl("status").stdout
        engine.start_again()
        daemon.wait_until(lambda: source(daemon, "docker") == "live", 180)

        assert "no events from docker" not in daemon.ctl("status").stdout


def test_a_reload_listens_to_what_the_documents_name_now(tmp_path: Path) -> None:
    file = tmp_path / "key"
    daemon = RealDaemon(tmp_path)
    daemon.document("none", "schedule: every 1h\nchecks:\n  - memory: {}")
    with daemon:
        watch(daemon)
        assert status(daemon)["daemon"]["events"] == {}

        file.touch()
        daemon.document("files", f"schedule: every 1h\nchecks:\n  - file: {{path: {file}}}")
        assert daemon.process
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_until(lambda: source(daemon, "files") == "live", 180)
        file.unlink()
        daemon.wait_until(lambda: open_cases(daemon) == {str(file): "warning"}, 180)


def test_what_is_switched_off_is_not_listened_to(tmp_path: Path) -> None:
    daemon = RealDaemon(tmp_path, {"events": {"files": False}})
    daemon.document("files", f"schedule: every 1h\nchecks:\n  - file: {{path: {tmp_path}/key, exists: false}}")
    with daemon:
        watch(daemon)

        assert status(daemon)["daemon"]["events"] == {}

"""The dashboard as a person meets it: in a terminal, before a running daemon."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.wire import paths
from tests.real.daemon import BIN, RealDaemon
from tests.real.filesystems import tmpfs
from tests.real.terminal import Terminal

OLD_S = 30 * 86_400


@pytest.fixture
def trash(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, so that the room that one old file leaves is seen, with that file."""
    with tmpfs(tmp_path / "trash") as folder:
        file = folder / "old"
        file.write_bytes(b"x" * 1_000_000)
        os.utime(file, (time.time() - OLD_S, time.time() - OLD_S))
        yield folder


@pytest.fixture
def probed(tmp_path: Path, trash: Path) -> Iterator[RealDaemon]:
    daemon = RealDaemon(tmp_path, {"actions": {"clean_files": {"roots": [str(trash)]}}})
    daemon.document("load", "schedule: every 1h\nchecks:\n  - load: {warning: 1000}\n  - memory: {}")
    with daemon:
        yield daemon


def top(folder: Path, daemon: RealDaemon, **size: int) -> Terminal:
    return Terminal(folder, [BIN / "cortexctl", "--socket", daemon.socket, "top"], **size)


def submit(daemon: RealDaemon, source: str = "backup", **finding: object) -> None:
    known = {"check": "disk", "object": "/data", "severity": "warning", "summary": "/data is 87 % full"}
    report = {"source": source, "verdict": "warning", "summary": "s", "findings": [{**known, **finding}]}
    status, answer = daemon.post(paths.REPORTS, report)
    assert status < 300, answer


def test_a_waiting_decision_is_approved_and_seen_to_be_done(tmp_path: Path, trash: Path, probed: RealDaemon) -> None:
    submit(probed, proposed_action={"action": "clean_files", "params": {"root": str(trash)}})
    probed.wait_until(lambda: probed.items("decisions"))
    with top(tmp_path, probed, columns=120, lines=40) as terminal:
        terminal.shows("Waits for you 1")
        terminal.shows("clean_files")
        terminal.type("a")
        terminal.shows("Approve exactly this, once?")
        terminal.shows(probed.items("decisions")[0]["hash"])
        assert (trash / "old").exists()

        terminal.type("y")

        terminal.shows("approved: clean_files")
        terminal.shows("nothing waits for your yes or no")
        terminal.shows("decision verified: clean_files")
        assert not (trash / "old").exists()
        assert probed.items("decisions")[0]["state"] == "verified"


def test_a_new_alert_is_on_the_screen_and_can_be_acknowledged(tmp_path: Path, probed: RealDaemon) -> None:
    with top(tmp_path, probed) as terminal:
        terminal.shows("no open alerts")
        submit(probed)
        terminal.shows("/data is 87 % full")
        terminal.type("k")
        terminal.shows("✓ /data is 87 % full")
        assert probed.items("alerts")[0]["state"] == "acknowledged"


def test_among_the_alerts_one_is_found_and_silenced(tmp_path: Path, probed: RealDaemon) -> None:
    for disk in ("/data", "/srv", "/var"):
        submit(probed, disk[1:], object=disk, summary=f"{disk} is 87 % full")
    with top(tmp_path, probed) as terminal:
        terminal.type("2")
        terminal.shows("Alerts 3  open")
        terminal.type("/")
        terminal.shows("words that a row has")
        terminal.type("srv", "Enter")
        terminal.until(lambda: "/data is" not in terminal.screen, "one alert only")
        terminal.type("s")
        terminal.shows("Not tell this for a while?")
        terminal.type("Tab", "new disk", "Enter")
        terminal.shows("⊘ /srv is 87 % full")
        silences = probed.items("silences")
        assert [silence["comment"] for silence in silences] == ["new disk"]
        terminal.type("Escape")
        terminal.shows("/data is 87 % full")


def test_without_colours_and_drawings_it_works_as_well(tmp_path: Path, probed: RealDaemon) -> None:
    submit(probed)
    command: list[str | Path] = [
        "env",
        "TERM=xterm",
        "NO_COLOR=1",
        BIN / "cortexctl",
        "--socket",
        probed.socket,
        "top",
        "--plain",
    ]
    with Terminal(tmp_path, command) as terminal:
        terminal.shows("/data is 87 % full")
        terminal.type("2")
        terminal.shows("Alerts, here (1)")
        terminal.type("k")
        terminal.shows("acknowledged: /data is 87 % full")


def test_a_wrong_preference_is_named_before_anything_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cortex" / "dashboard.yaml"
    file.parent.mkdir()
    file.write_text("keys:\n  alert.ack: f2\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with Terminal(tmp_path, [BIN / "cortexctl", "top"], columns=200) as terminal:
        assert terminal.exit_code == 2


def test_a_restart_of_the_daemon_is_survived(tmp_path: Path, probed: RealDaemon) -> None:
    with top(tmp_path, probed) as terminal:
        terminal.shows(": ok")
        probed.stop()
        terminal.shows("NOT LIVE")
        terminal.shows("What is shown is")
        probed.start()
        terminal.until(lambda: "NOT LIVE" not in terminal.screen, "no banner")
        submit(probed)
        terminal.shows("/data is 87 % full")
        terminal.type("q")
        assert terminal.exit_code == 0


@pytest.mark.parametrize("key", ["q", "C-c"])
def test_leaving_needs_no_daemon(tmp_path: Path, key: str) -> None:
    with top(tmp_path, RealDaemon(tmp_path)) as terminal:
        terminal.shows("nothing is known yet")
        terminal.type(key)
        assert terminal.exit_code == 0

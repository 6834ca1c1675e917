"""A configuration that was in force is put back by a child, and the daemon takes over what it reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from cortexctl.exits import Exit
from probed.configuration_copies import Copies
from probed.wire import paths
from probed.wire.configuration import ConfigurationShape, ReloadedShape
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon
from tests.factories import NOW

RELOAD = f"POST {paths.CONFIGURATION}/reload"


@pytest.fixture
def config(tmp_path: Path, daemon: StubDaemon) -> Path:
    """Of the daemon, with one that was in force before."""
    path = tmp_path / "config.yaml"
    path.write_text("monitor: {path: monitor.db}\nmode: act\n")
    Copies(tmp_path).keep(b"monitor: {path: monitor.db}\n", NOW)
    daemon.answer(f"GET {paths.CONFIGURATION}", ConfigurationShape(str(path), "2026-01-31T10:00:00Z", {}, []))
    return path


@pytest.mark.parametrize(("broken", "exit_"), [([], Exit.OK), (["disks.yaml:1: unknown key 'x'"], Exit.USAGE)])
def test_what_the_daemon_reads_is_brought_into_force_as_a_reload_does(
    daemon: StubDaemon, ctl: Ctl, config: Path, broken: list[str], exit_: Exit
) -> None:
    daemon.answer(RELOAD, ReloadedShape(3, broken, [], "observe", []))

    back, reloaded = ctl("config", "rollback", "--yes"), ctl("config", "reload")

    assert config.read_text() == "monitor: {path: monitor.db}\n"
    assert (back.exit, back.err) == (reloaded.exit, reloaded.err)
    assert (back.exit, back.err.splitlines()[0]) == (exit_, "in force: 3 inspections, mode observe")


def test_what_the_daemon_does_not_read_reloads_nothing(
    daemon: StubDaemon, ctl: Ctl, config: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("monitor: {path: monitor.db}\nmode: act\n")

    result = ctl("config", "rollback", "--config", str(other), "--yes")

    assert (result.exit, result.err) == (Exit.OK, f"nothing was reloaded: the daemon reads {config}\n")
    assert other.read_text() == "monitor: {path: monitor.db}\n"
    assert [request.method for request in daemon.requests] == ["GET"]

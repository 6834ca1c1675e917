from __future__ import annotations

import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from probed.checks import stuck_processes
from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.host import process_table
from tests.checks.looking import judged, observations
from tests.real.proc_tree import write_process

NOW = {"blocked_for": "0s", "stopped_for": "0s"}


@pytest.fixture(autouse=True)
def _nothing_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stuck_processes, "_stillness", stuck_processes._Stillness())


@pytest.fixture
def proc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a host looks like whose NFS server is away; nobody can put a process to such a sleep in earnest."""
    monkeypatch.setattr(process_table, "PROC", tmp_path)
    write_process(tmp_path, 1, "systemd")
    write_process(tmp_path, 77, "backup) x", "D", waits_for="rpc_wait_bit_killable")
    return tmp_path


@pytest.fixture
def sleeping(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    (program := tmp_path / "cortex-stopped").symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"], start_new_session=True) as started:
        yield started
        started.kill()


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = time.monotonic() + seconds
    monkeypatch.setattr(stuck_processes, "time", SimpleNamespace(monotonic=lambda: now))


def names(observation: Observation) -> list[object]:
    return [each["name"] for each in observation.evidence[observation.object]]  # type: ignore[attr-defined]


def test_one_that_sleeps_without_a_pause_is_critical_and_says_what_it_waits_for(
    proc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = observations("stuck_processes")["blocked"]
    later(monkeypatch, 150)
    second = observations("stuck_processes")["blocked"]

    assert judged(first) is None
    assert judged(second) is Severity.CRITICAL
    assert names(second) == ["backup) x"]
    assert second.summary.endswith("backup) x, waiting in rpc_wait_bit_killable")


def test_one_that_moved_in_between_only_happens_to_be_seen_in_that_state(
    proc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    observations("stuck_processes")
    write_process(proc, 77, "backup) x", "D", switches=11)
    later(monkeypatch, 150)

    assert judged(observations("stuck_processes")["blocked"]) is None


def test_one_that_is_excluded_may_wait(proc: Path) -> None:
    assert judged(observations("stuck_processes", {**NOW, "exclude": ["backup*"]})["blocked"]) is None


def test_a_look_long_ago_says_nothing_of_the_time_since(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    observations("stuck_processes")
    later(monkeypatch, 7200)

    assert judged(observations("stuck_processes")["blocked"]) is None


def test_a_stopped_process_is_a_warning_until_it_goes_on(sleeping: subprocess.Popen[bytes]) -> None:
    sleeping.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, sleeping.pid, os.WSTOPPED)
    stopped = observations("stuck_processes", NOW)["stopped"]
    young = observations("stuck_processes")["stopped"]
    sleeping.send_signal(signal.SIGCONT)
    time.sleep(0.1)
    again = observations("stuck_processes", NOW)["stopped"]

    assert judged(stopped) is Severity.WARNING
    assert "cortex-stopped" in names(stopped)
    assert judged(young) is None
    assert "cortex-stopped" not in names(again)


def test_who_pressed_ctrl_z_in_a_terminal_knows() -> None:
    leader, follower = pty.openpty()
    with subprocess.Popen(
        ["setsid", "--ctty", "sh", "-c", "kill -STOP $$"], stdin=follower, stdout=follower, stderr=follower
    ) as shell:
        os.waitid(os.P_PID, shell.pid, os.WSTOPPED)
        quiet = observations("stuck_processes", NOW)["stopped"]
        told = observations("stuck_processes", {**NOW, "terminals": True})["stopped"]
        shell.kill()
    os.close(leader)
    os.close(follower)

    pids = [[each["pid"] for each in seen.evidence["stopped"]] for seen in (quiet, told)]  # type: ignore[attr-defined]
    assert shell.pid not in pids[0]
    assert shell.pid in pids[1]

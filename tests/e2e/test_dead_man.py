"""A change that was armed to revert does so although the daemon was killed meanwhile; a confirmed one does not."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.waiting import until
from tests.real.daemon import RealDaemon

REVERT_AFTER_S = 6


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One that everybody may read, although it should not be so."""
    file = tmp_path / "key"
    file.write_text("secret")
    file.chmod(0o644)
    return file


@pytest.fixture
def daemon(tmp_path: Path, file: Path) -> Iterator[RealDaemon]:
    me = pwd.getpwuid(os.geteuid())
    baseline = {str(file): {"owner": me.pw_name, "group": str(me.pw_gid), "mode": "0600"}}
    (tmp_path / "daemon").mkdir()
    config = {"inspections": {"boot_grace": "0s"}, "actions": {"restore_mode": {"baseline": baseline}}}
    daemon = RealDaemon(tmp_path / "daemon", config)
    check = f'{{file: {{path: {file}, mode: "0600"}}}}'
    daemon.document("keys", f"schedule: every 1h\nchecks:\n  - {check}\nactions: {{L2: [restore_mode]}}")
    with daemon:
        yield daemon


def mode_of(file: Path) -> int:
    return file.stat().st_mode & 0o777


def approve(daemon: RealDaemon, file: Path) -> dict[str, Any]:
    """Approve the question, armed; the change once it is made."""
    until(lambda: bool(daemon.get("/api/v1/decisions?state=waiting")[1]["items"]), 20)
    [decision] = daemon.get("/api/v1/decisions?state=waiting")[1]["items"]
    done = daemon.ctl("decisions", "approve", decision["id"], "--yes", "--revert-after", f"{REVERT_AFTER_S}s")
    assert done.returncode == 0, done.stderr
    until(lambda: daemon.items("changes") != [], 20)
    assert mode_of(file) == 0o600
    return daemon.items("changes")[0]


def test_an_armed_change_reverts_although_the_daemon_was_killed(daemon: RealDaemon, file: Path) -> None:
    change = approve(daemon, file)
    daemon.kill()
    time.sleep(REVERT_AFTER_S)  # its time comes while there is no daemon

    daemon.start()

    until(lambda: mode_of(file) == 0o644, 20)
    until(lambda: daemon.get(f"/api/v1/changes/{change['id']}")[1]["rolled_back_at"] is not None, 20)


def test_a_confirmed_change_stays(daemon: RealDaemon, file: Path) -> None:
    change = approve(daemon, file)

    assert daemon.ctl("changes", "confirm", change["id"]).returncode == 0
    daemon.kill()
    daemon.start()
    time.sleep(REVERT_AFTER_S + 2)

    assert mode_of(file) == 0o600

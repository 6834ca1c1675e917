"""A change that was armed to revert does so although the daemon was killed meanwhile; a confirmed one does not."""

from __future__ import annotations

import contextlib
import os
import pwd
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import require
from tests.e2e.waiting import until
from tests.helper.process import POLICY, helper
from tests.real.daemon import RealDaemon

REVERT_AFTER_S = 12


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One that everybody may read, although it should not be so."""
    file = tmp_path / "key"
    file.write_text("secret")
    file.chmod(0o644)
    return file


@contextlib.contextmanager
def watching(tmp_path: Path, file: Path, **actions: object) -> Iterator[RealDaemon]:
    me = pwd.getpwuid(os.geteuid())
    baseline = {str(file): {"owner": me.pw_name, "group": str(me.pw_gid), "mode": "0600"}}
    (tmp_path / "daemon").mkdir()
    config = {"inspections": {"boot_grace": "0s"}, "actions": {"restore_mode": {"baseline": baseline}, **actions}}
    daemon = RealDaemon(tmp_path / "daemon", config)
    check = f'{{file: {{path: {file}, mode: "0600"}}}}'
    daemon.document("keys", f"schedule: every 1h\nchecks:\n  - {check}\nactions: {{L2: [restore_mode]}}")
    with daemon:
        yield daemon


@pytest.fixture
def daemon(tmp_path: Path, file: Path) -> Iterator[RealDaemon]:
    with watching(tmp_path, file) as daemon:
        yield daemon


def mode_of(file: Path) -> int:
    return file.stat().st_mode & 0o777


def approve(daemon: RealDaemon, file: Path) -> dict[str, Any]:
    """Approve the question, armed; the change once it is made."""
    until(lambda: bool(daemon.get("/api/v1/decisions?state=waiting")[1]["items"]), 180)
    [decision] = daemon.get("/api/v1/decisions?state=waiting")[1]["items"]
    done = daemon.ctl("decisions", "approve", decision["id"], "--yes", "--revert-after", f"{REVERT_AFTER_S}s")
    assert done.returncode == 0, done.stderr
    until(lambda: daemon.items("changes") != [], 180)
    assert mode_of(file) == 0o600
    return daemon.items("changes")[0]


def test_an_armed_change_reverts_although_the_daemon_was_killed(daemon: RealDaemon, file: Path) -> None:
    change = approve(daemon, file)
    daemon.kill()
    time.sleep(REVERT_AFTER_S)  # its time comes while there is no daemon

    daemon.start()

    until(lambda: mode_of(file) == 0o644, 180)
    until(lambda: daemon.get(f"/api/v1/changes/{change['id']}")[1]["rolled_back_at"] is not None, 180)


def test_a_confirmed_change_stays(daemon: RealDaemon, file: Path) -> None:
    change = approve(daemon, file)

    assert daemon.ctl("changes", "confirm", change["id"]).returncode == 0
    daemon.kill()
    daemon.start()
    time.sleep(REVERT_AFTER_S + 2)

    assert mode_of(file) == 0o600


def test_what_the_root_helper_would_not_put_back_is_not_armed(tmp_path: Path, file: Path) -> None:
    require("root, whose helper it is", present=os.geteuid() == 0)
    policy = (
        POLICY
        + f"""
[operations.restore_mode]
paths = ["{file}"]
owners = ["root"]
groups = ["root"]
modes = ["0600"]
"""
    )
    with helper(policy) as woken, watching(tmp_path, file, helper={"socket": str(woken.path)}) as daemon:
        until(lambda: bool(daemon.get("/api/v1/decisions?state=waiting")[1]["items"]), 180)
        [decision] = daemon.get("/api/v1/decisions?state=waiting")[1]["items"]
        approve = ("decisions", "approve", decision["id"], "--yes")

        armed = daemon.ctl(*approve, "--revert-after", "15m")
        unarmed = daemon.ctl(*approve)
        until(lambda: daemon.items("changes") != [], 180)

    assert "this host cannot put back what it changed" in decision["analysis"]["inverse"]
    assert armed.returncode == 5
    assert "the policy does not allow 0644" in armed.stderr
    assert "operations.restore_mode" in armed.stderr
    assert unarmed.returncode == 0, unarmed.stderr
    assert mode_of(file) == 0o600

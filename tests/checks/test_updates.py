from __future__ import annotations

import json
import os
import shutil
import time
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, Observation
from probed.host import pending_updates
from probed.host.pending_updates import Update
from tests.checks.looking import REGISTRY, judged, look, observations
from tests.conftest import require
from tests.host.scripted import Scripted

SIMULATED = """\
NOTE: This is only a simulation!
Inst base-files [12.4+deb12u11] (12.4+deb12u12 Debian:12.12/stable [amd64])
Conf base-files (12.4+deb12u12 Debian:12.12/stable [amd64])
Inst libssl3 [3.0.15-1~deb12u1] (3.0.17-1~deb12u2 Debian-Security:12/stable-security [amd64])
Inst linux-image-6.1.0-40-amd64 (6.1.153-1 Debian-Security:12/stable-security [amd64])
Inst curl [8.5.0-2ubuntu10.5] (8.5.0-2ubuntu10.6 Ubuntu:24.04/noble-updates, Ubuntu:24.04/noble-security [amd64])
Conf libssl3 (3.0.17-1~deb12u2 Debian-Security:12/stable-security [amd64])
"""
"""In the form of apt 2.6 (Debian) and 2.7 (Ubuntu)."""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    scripted = Scripted(tmp_path / "bin", monkeypatch)
    scripted.answer("apt-get", SIMULATED)
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "deb.example.org_dists_stable_InRelease").touch()
    monkeypatch.setattr(pending_updates, "LISTS", tmp_path / "lists")
    monkeypatch.setattr(pending_updates, "FETCHED", tmp_path / "stamp")
    monkeypatch.setattr(pending_updates, "STATUS", tmp_path / "status")
    return scripted


def test_updates_are_counted_and_those_for_security_by_themselves(host: Scripted) -> None:
    found = observations("updates", {"warning": 3})

    assert found["security updates"].value == 2
    assert judged(found["security updates"]) is Severity.WARNING
    assert found["security updates"].threshold
    assert found["security updates"].threshold.for_s == 2 * 86400
    assert found["updates"].value == 3
    assert judged(found["updates"]) is Severity.WARNING
    assert judged(observations("updates")["updates"]) is None


def test_a_package_that_only_comes_along_is_no_update() -> None:
    assert Update("libssl3", "3.0.15-1~deb12u1", "3.0.17-1~deb12u2", True) in pending_updates.simulated(SIMULATED)
    assert all("linux-image" not in each.package for each in pending_updates.simulated(SIMULATED))


def test_old_lists_are_a_warning_and_none_are_absent(host: Scripted, tmp_path: Path) -> None:
    (lists,) = (tmp_path / "lists").iterdir()
    long_ago = time.time() - 20 * 86400
    os.utime(lists, (long_ago, long_ago))
    old = observations("updates")["lists"]
    (tmp_path / "stamp").touch()
    fetched = observations("updates")["lists"]
    lists.unlink()

    assert judged(old) is Severity.WARNING
    assert old.summary == "the lists of packages are 20.0d old"
    assert old.threshold
    assert old.threshold.for_s == 2 * 86_400  # a host that was off for weeks has a timer that fetches them
    assert judged(fetched) is None
    assert look("updates") == (Absent("lists of packages", "let a timer run apt-get update"),)


def test_apt_is_asked_again_only_when_something_has_changed(host: Scripted, tmp_path: Path) -> None:
    check = REGISTRY.bind(CheckCall("updates"))
    first, known = check.look_since({})
    second, known = check.look_since(json.loads(json.dumps(known)))
    calls = len(host.calls("apt-get"))
    (tmp_path / "lists" / "deb.example.org_dists_stable-security_InRelease").touch()
    check.look_since(known)

    assert first == second
    assert calls == 1
    assert len(host.calls("apt-get")) == 2


def test_nothing_is_fetched_locked_or_changed(host: Scripted) -> None:
    look("updates")

    (call,) = host.calls("apt-get")
    assert "--simulate" in call
    assert "NoLocking=1" in call


def test_the_real_apt_of_this_host_answers() -> None:
    require("apt", present=shutil.which("apt-get") is not None)

    answer = look("updates")

    assert all(isinstance(item, Absent) for item in answer) or {
        item.object for item in answer if isinstance(item, Observation)
    } == {"security updates", "updates", "lists"}


def test_a_host_without_apt_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert look("updates") == (Absent("apt"),)

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.host import restart_needed
from tests.checks.looking import judged, observations


class Installed:
    """The places where packages leave what a reboot brings into force."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "boot").mkdir()
        (folder / "modules").mkdir()

    def kernel(self, release: str, days_ago: float = 0.0) -> None:
        (self.folder / "modules" / release).mkdir()
        (image := self.folder / "boot" / f"vmlinuz-{release}").touch()
        self._age(image, days_ago)

    def requires(self, packages: str, days_ago: float = 0.0) -> None:
        (self.folder / "required.pkgs").write_text(packages)
        (required := self.folder / "required").touch()
        self._age(required, days_ago)

    def _age(self, path: Path, days: float) -> None:
        at = time.time() - days * 86400
        os.utime(path, (at, at))


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installed:
    monkeypatch.setattr(restart_needed, "REQUIRED", tmp_path / "required")
    monkeypatch.setattr(restart_needed, "PACKAGES", tmp_path / "required.pkgs")
    monkeypatch.setattr(restart_needed, "BOOT", tmp_path / "boot")
    monkeypatch.setattr(restart_needed, "MODULES", tmp_path / "modules")
    monkeypatch.setattr(restart_needed, "running_kernel", lambda: "6.1.0-18-amd64")
    return Installed(tmp_path)


def test_a_reboot_may_wait_for_a_while_and_not_longer(host: Installed) -> None:
    host.requires("linux-base\nlibc6\nlinux-base\n", days_ago=6)
    young = observations("reboot")["reboot"]
    host.requires("linux-base\nlibc6\n", days_ago=8)
    old = observations("reboot")["reboot"]

    assert judged(young) is None
    assert young.evidence["reasons"] == ["a reboot is required by linux-base, libc6"]
    assert judged(old) is Severity.WARNING
    assert old.summary.endswith("for 8.0d")


def test_a_newer_kernel_of_the_same_flavour_waits_for_a_reboot(host: Installed) -> None:
    host.kernel("6.1.0-9-amd64", days_ago=300)
    host.kernel("6.1.0-18-amd64", days_ago=200)
    host.kernel("6.1.0-28-rt-amd64", days_ago=30)
    up_to_date = observations("reboot")["reboot"]
    host.kernel("6.1.0-21-amd64", days_ago=10)
    outdated = observations("reboot")["reboot"]

    assert up_to_date.summary == "no reboot is waited for"
    assert judged(outdated) is Severity.WARNING
    assert "the kernel 6.1.0-21-amd64 is installed, 6.1.0-18-amd64 runs" in outdated.summary


def test_modules_that_a_removed_kernel_has_left_behind_are_none(host: Installed) -> None:
    host.kernel("6.1.0-18-amd64")
    (host.folder / "modules" / "6.1.0-40-amd64").mkdir()

    assert observations("reboot")["reboot"].summary == "no reboot is waited for"


@pytest.mark.parametrize(
    ("running", "installed", "waits"),
    [
        ("5.15.0-91-generic", "5.15.0-100-generic", True),
        ("5.14.0-362.8.1.el9_3.x86_64", "5.14.0-362.13.1.el9_3.x86_64", True),
        ("6.12.9-arch1-1", "6.12.9-arch1-1", False),
        ("6.1.0-18-cloud-amd64", "6.1.0-21-amd64", False),
    ],
)
def test_releases_of_other_distributions_are_compared_too(
    host: Installed, monkeypatch: pytest.MonkeyPatch, running: str, installed: str, waits: bool
) -> None:
    monkeypatch.setattr(restart_needed, "running_kernel", lambda: running)
    host.kernel(installed)

    assert bool(restart_needed.reasons(running)) is waits


def test_being_up_for_too_long_counts_only_where_the_document_says_so(host: Installed) -> None:
    assert judged(observations("reboot")["uptime"]) is None
    assert judged(observations("reboot", {"uptime": "1s"})["uptime"]) is Severity.WARNING


def test_this_host_is_told() -> None:
    assert set(observations("reboot")) == {"reboot", "uptime"}

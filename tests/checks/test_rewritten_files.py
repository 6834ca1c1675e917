"""What Debian's own tools rewrite is no stranger's work, and what somebody changed by hand at the same time is."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.host import kept_files, packages
from probed.host.package_runs import PackageRuns
from tests.checks.looking import Watcher
from tests.host_zone import host_in
from tests.real.debian_root import DebianRoot

WARNING, INFO = Severity.WARNING, Severity.INFO
BY_UCF = "ucf /opt/demo/demo.conf /etc/demo.conf; ucfr demo /etc/demo.conf"


@pytest.fixture(autouse=True)
def no_package_is_being_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """By another test, on this machine."""
    monkeypatch.setattr(packages, "are_changing", lambda: False)


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> DebianRoot:
    made = DebianRoot(tmp_path_factory.mktemp("debian"))
    made.run("pam-auth-update", "--package", "--force")
    (made.path / "etc/hand.conf").write_text("an administrator's\n")
    made.install("demo", "1", {"/opt/demo/demo.conf": "one\n", "/etc/own.conf": "one\n"}, after=BY_UCF)
    return made


def watching(debian: DebianRoot) -> Watcher:
    root = str(debian.path)
    made = Watcher("file_integrity", {"paths": f"{root}/etc", "root": root, "exclude": f"{root}/etc/alternatives/*.gz"})
    assert made.findings() == {}
    return made


def inside(debian: DebianRoot, origins: object) -> Mapping[str, str]:
    assert isinstance(origins, dict)
    return {path.removeprefix(str(debian.path)): origin for path, origin in origins.items()}


def test_an_upgrade_with_settings_of_dpkg_and_of_ucf_and_new_modules_of_pam_is_noted_with_its_packages(
    debian: DebianRoot,
) -> None:
    watcher, etc = watching(debian), debian.path / "etc"
    files = {"/opt/demo/demo.conf": "two\n", "/etc/own.conf": "two\n"}

    debian.install("demo", "2", files, after=f"{BY_UCF}; pam-auth-update --enable mkhomedir; ldconfig")

    seen = watcher.look()
    assert (etc / "demo.conf").read_text() == (etc / "own.conf").read_text() == "two\n"
    assert set(seen) == {"packages"}
    assert inside(debian, seen["packages"].evidence["files"]) == {
        "/etc/demo.conf": "demo",
        "/etc/own.conf": "demo",
        "/etc/pam.d/common-session": "pam-auth-update, with demo",
        "/etc/ld.so.cache": "ldconfig, with demo",
    }
    assert watcher.findings() == {}


def test_a_folder_that_came_with_a_package_is_noted_with_it_and_one_that_somebody_made_is_told(
    debian: DebianRoot,
) -> None:
    etc = debian.path / "etc"
    named = [f"{etc}/other.d", f"{etc}/hand.d"]
    watcher = Watcher("file_integrity", {"paths": named, "root": str(debian.path)})
    assert watcher.findings() == {}

    debian.install("other", "1", {"/etc/other.d/a.conf": "one\n"})
    assert inside(debian, watcher.look()["packages"].evidence["files"])["/etc/other.d"] == "other"
    (etc / "hand.d").mkdir()

    assert list(watcher.findings()) == [f"{etc}/hand.d"]


def test_what_somebody_writes_into_such_files_by_hand_is_told_even_beside_an_upgrade(debian: DebianRoot) -> None:
    watcher, etc = watching(debian), debian.path / "etc"

    debian.install("demo", "3", {"/opt/demo/demo.conf": "two\n", "/etc/own.conf": "three\n"}, after=BY_UCF)
    for name in ("demo.conf", "hand.conf"):
        (etc / name).write_text("PermitRootLogin yes\n")
    (etc / "ld.so.preload").write_text("/tmp/evil.so\n")

    assert watcher.findings() == {
        "packages": INFO,
        **{f"{etc}/{name}": WARNING for name in ("demo.conf", "hand.conf", "ld.so.preload")},
    }


def test_what_pam_auth_update_keeps_and_somebody_changes_while_no_package_does_is_told(debian: DebianRoot) -> None:
    watcher, common = watching(debian), debian.path / "etc/pam.d/common-auth"
    log = debian.path / "var/log/dpkg.log"
    log.write_text(log.read_text().replace(f"{datetime.now():%Y-%m-%d}", "2020-01-01"))

    common.write_text("auth sufficient pam_permit.so\n")

    assert watcher.findings() == {str(common): WARNING}


def test_settings_of_ucf_that_are_purged_are_noted_and_removed_by_hand_they_are_not(debian: DebianRoot) -> None:
    for name in ("first", "second"):
        after = f"ucf /opt/{name}.conf /etc/{name}.conf; ucfr {name} /etc/{name}.conf"
        debian.install(name, "1", {f"/opt/{name}.conf": name}, after=after)
    watcher, etc = watching(debian), debian.path / "etc"

    debian.run("sh", "-c", "rm /etc/first.conf; ucf --purge /etc/first.conf; ucfr --purge first /etc/first.conf")
    debian.purge("first")
    (etc / "second.conf").unlink()

    seen = watcher.look()
    assert inside(debian, seen["packages"].evidence["files"]) == {"/etc/first.conf": "removed with a package"}
    assert set(seen) == {"packages", f"{etc}/second.conf"}


def test_another_alternative_that_a_package_has_brought_is_as_it_was_and_one_of_nobody_is_told(
    debian: DebianRoot,
) -> None:
    debian.run("update-alternatives", "--install", "/opt/tool", "tool", "/usr/bin/true", "10")
    debian.run("update-alternatives", "--install", "/opt/tool", "tool", "/usr/bin/false", "5")
    watcher, link = watching(debian), debian.path / "etc/alternatives/tool"

    debian.run("update-alternatives", "--set", "tool", "/usr/bin/false")
    os.utime(debian.path / "var/lib/dpkg/status", (0, 0))
    seen = watcher.look()["files"]
    assert inside(debian, seen.evidence["kept"]) == {"/etc/alternatives/tool": "update-alternatives"}

    link.unlink()
    link.symlink_to("/tmp/evil")
    assert watcher.findings() == {str(link): WARNING}


# --- what is kept without any package -------------------------------------------------------------------------------

RESOLV = "/etc/resolv.conf"
KEPT = [
    (RESOLV, "# Generated by NetworkManager\nnameserver 192.0.2.1\n", True),
    (RESOLV, "# This is /run/systemd/resolve/stub-resolv.conf managed by man:systemd-resolved(8).\n", True),
    (RESOLV, "# Dynamic resolv.conf(5) file for glibc resolver(3) generated by resolvconf(8)\n", True),
    (RESOLV, "# Generated by dhcpcd from eth0.dhcp\nnameserver 192.0.2.1\n", True),
    (RESOLV, "nameserver 203.0.113.66\n", False),
    ("/etc/adjtime", "0.002361 1764583218 0.000000\n1764583218\nUTC\n", True),
    ("/etc/adjtime", "#!/bin/sh\n", False),
    ("/etc/mtab", "/dev/sda1 / ext4 rw,relatime 0 0\nproc /proc proc rw 0 0\n", True),
    ("/etc/lvm/backup/vg0", "# Generated by LVM2 version 2.03.16(2) (2022-05-18): Tue Dec  1 09:10:55 2026\n", True),
    ("/etc/ssh/sshd_config", "# Generated by NetworkManager\nPermitRootLogin yes\n", False),
]


@pytest.mark.parametrize(("path", "text", "is_kept"), KEPT)
def test_what_its_keeper_writes_at_any_time_is_as_it_was(tmp_path: Path, path: str, text: str, is_kept: bool) -> None:
    place = tmp_path / path.lstrip("/")
    place.parent.mkdir(parents=True)
    place.write_text("before\n")
    watcher = Watcher("file_integrity", {"paths": f"{tmp_path}/etc", "root": str(tmp_path)})
    watcher.look()

    place.write_text(text)

    assert watcher.findings() == ({} if is_kept else {str(place): WARNING})
    assert watcher.findings() == ({} if is_kept else {str(place): WARNING})


def test_name_servers_of_a_lease_are_the_clients_that_leaves_no_word(tmp_path: Path) -> None:
    leases = tmp_path / "var/lib/dhcp/dhclient.eth0.leases"
    (tmp_path / "etc").mkdir()
    leases.parent.mkdir(parents=True)
    (tmp_path / "etc/resolv.conf").write_text("nameserver 192.0.2.1\n")
    leases.write_text("lease {}\n")
    now = time.time()

    assert kept_files.written_by_itself(RESOLV, now, str(tmp_path)) == "dhclient"
    assert kept_files.written_by_itself(RESOLV, now + 60, str(tmp_path)) == ""


# --- when packages were changed -------------------------------------------------------------------------------------


def test_the_log_of_dpkg_tells_the_packages_of_a_moment_in_the_hosts_own_time(tmp_path: Path) -> None:
    """Also in the night that has an hour twice."""
    (tmp_path / "var/log").mkdir(parents=True)
    (tmp_path / "var/log/dpkg.log").write_text(
        "2026-10-25 02:30:00 startup archives unpack\n"
        "2026-10-25 02:30:00 upgrade libpam-runtime:all 1.5.2-6 1.5.2-7\n"
        "2026-10-25 02:30:05 status installed libpam-runtime:all 1.5.2-7\n"
        "2026-10-25 02:30:06 trigproc libc-bin:amd64 2.36-9 <none>\n"
        "damaged\n2026-10-25 99:99:99 configure odd:all 1 1\n"
    )
    first = datetime.fromisoformat("2026-10-25T02:30:00+02:00").timestamp()
    with host_in("Europe/Berlin"):
        runs = PackageRuns(str(tmp_path))

        for moment in (first, first + 3600):
            assert runs.at(moment + 30) == ("libc-bin", "libpam-runtime")
        assert runs.at(first + 1800) == runs.at(first - 600) == ()


def test_where_dpkg_writes_no_log_its_lists_tell(tmp_path: Path) -> None:
    (tmp_path / "var/lib/dpkg/info").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/info/demo:amd64.list").touch()

    assert PackageRuns(str(tmp_path)).at(time.time()) == ("demo",)
    assert PackageRuns(str(tmp_path)).at(time.time() - 600) == ()


def test_rpm_tells_when_each_package_was_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As rpm 4.18 prints it."""
    script = tmp_path / "rpm"
    script.write_text("#!/bin/sh\nprintf '1764583218 pam\\n1764500000 bash\\n'\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert PackageRuns(str(tmp_path)).at(1764583220.0) == ("pam",)

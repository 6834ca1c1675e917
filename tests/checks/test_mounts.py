from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.checks import mounts as check
from probed.core.finding import Severity
from probed.host import fstab, mounts
from tests.checks.looking import judged, observations, observe
from tests.real.filesystems import ext4, mounted, squashfs, tmpfs


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    check._was_writable.clear()
    yield
    check._was_writable.clear()


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", options, folder], check=True, capture_output=True)


def test_a_file_system_that_becomes_read_only_is_critical(tmp_path: Path) -> None:
    with ext4(tmp_path / "disk", tmp_path / "disk.img") as folder:
        before = observations("mounts")[str(folder)]
        remount(folder, "remount,ro,errors=remount-ro")
        after = observations("mounts")[str(folder)]

    assert judged(before) is None
    assert judged(after) is Severity.CRITICAL
    assert after.summary == f"{folder} has become read-only (the kernel does that after an error of the disk)"
    assert "ro" in after.evidence["options"]  # type: ignore[operator]


def test_a_mount_that_is_remounted_read_only_while_its_file_system_is_not_is_critical(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "whole") as folder, mounted("--bind", folder, tmp_path / "part"):
        observations("mounts")
        remount(tmp_path / "part", "remount,bind,ro")
        found = observations("mounts")

    assert judged(found[str(tmp_path / "part")]) is Severity.CRITICAL
    assert judged(found[str(folder)]) is None


def test_one_that_never_could_be_written_to_is_no_fault(tmp_path: Path) -> None:
    with (
        tmpfs(tmp_path / "frozen", read_only=True) as frozen,
        squashfs(tmp_path / "image", tmp_path / "image.squashfs") as image,
    ):
        found = observations("mounts")

    assert str(frozen) not in found
    assert str(image) not in found


def test_one_that_fstab_mounts_to_be_written_to_is_critical_when_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fstab, "FSTAB", tmp_path / "fstab")
    with tmpfs(tmp_path / "a b", read_only=True) as folder, tmpfs(tmp_path / "ro", read_only=True) as frozen:
        name = str(folder).replace(" ", "\\040")
        (tmp_path / "fstab").write_text(f"# by hand\ntmpfs {name} tmpfs defaults 0 0\nx {frozen} tmpfs ro,nodev 0 0\n")
        found = observations("mounts")

    assert judged(found[str(folder)]) is Severity.CRITICAL
    assert found[str(folder)].summary == f"{folder} is read-only"
    assert str(frozen) not in found


@pytest.mark.parametrize("options", ["user,noauto", "ro", "nodev,ro"])
def test_a_stick_that_is_write_protected_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    monkeypatch.setattr(fstab, "FSTAB", tmp_path / "fstab")
    with tmpfs(tmp_path / "stick", read_only=True) as folder:
        (tmp_path / "fstab").write_text(f"/dev/sdx1 {folder} vfat {options} 0 0\n")

        assert str(folder) not in observations("mounts")


def test_a_named_one_must_be_writable(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "frozen", read_only=True) as folder:
        found = observations("mounts", {"writable": [str(folder), "/nowhere/"]})

    assert judged(found[str(folder)]) is Severity.CRITICAL
    assert judged(found["/nowhere"]) is Severity.WARNING


def test_a_mount_that_only_the_sandbox_of_the_daemon_makes_read_only_is_no_fault(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "data") as folder:
        host = next(each for each in mounts.mounts() if each.mount_point == str(folder))
        (tmp_path / "its").write_text(f"99 1 {host.device} / {folder} rw - tmpfs tmpfs rw\n")
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        sandboxed = next(each for each in mounts.mounts() if each.mount_point == str(folder))

    assert not mounts.host_sees_read_only(sandboxed, tmp_path / "its")
    assert mounts.host_sees_read_only(sandboxed, tmp_path / "nothing") is False


def test_an_excluded_one_may_be_read_only(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "data") as folder:
        observations("mounts")
        remount(folder, "remount,ro")

        assert str(folder) not in observations("mounts", {"exclude": [str(folder)]})


def test_a_missing_option_is_a_warning(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "data") as folder:
        missing = observations("mounts", {"options": {str(folder): ["nosuid", "nodev"]}})[str(folder)]
        remount(folder, "remount,nosuid,nodev")
        there = observations("mounts", {"options": {str(folder): ["nosuid", "nodev"]}})[str(folder)]

    assert judged(missing) is Severity.WARNING
    assert missing.summary == f"{folder} is mounted without nosuid, nodev"
    assert judged(there) is None


def test_a_host_without_fstab_and_without_anything_to_write_to_is_healthy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fstab, "FSTAB", tmp_path / "nothing")
    monkeypatch.setattr(mounts, "mounts", lambda: ())

    assert judged(observe("mounts")) is None


def test_swap_space_and_comments_in_fstab_are_no_file_systems(tmp_path: Path) -> None:
    (tmp_path / "fstab").write_text("# /x /y ext4\nUUID=1 none swap sw 0 0\nUUID=2 / ext4 errors=remount-ro 0 1\n")

    (entry,) = fstab.entries(tmp_path / "fstab")

    assert (entry.mount_point, entry.options, entry.is_to_be_written_to) == (
        "/",
        frozenset({"errors=remount-ro"}),
        True,
    )

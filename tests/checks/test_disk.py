from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent, Observation, Outlook
from probed.errors import HostFailed
from probed.host import mounts
from tests.checks.looking import judged, look, observations, observe
from tests.real.filesystems import ext4, fill, mounted, squashfs, tmpfs


def test_a_tmpfs_that_is_nearly_full_is_over_the_threshold_when_it_is_named(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "small") as folder:
        fill(folder, 95)
        observation = observe("disk", {"mounts": [str(folder)]})

    assert observation.object == str(folder)
    assert observation.value == pytest.approx(95, abs=1)
    assert judged(observation) is Severity.CRITICAL
    assert observation.evidence["fs_type"] == "tmpfs"
    assert observation.evidence["total_bytes"] == 4 * 2**20
    assert observation.evidence["free_bytes"] == pytest.approx(0.05 * 4 * 2**20, rel=0.2)
    assert observation.proposed_action is None


def test_a_tmpfs_that_somebody_mounted_is_looked_at_without_being_named(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "small") as folder:
        assert str(folder) in observations("disk")


@pytest.mark.parametrize("check", ["disk", "inodes"])
def test_what_can_fill_up_is_foretold_and_where_it_is_wanted_told(tmp_path: Path, check: str) -> None:
    with tmpfs(tmp_path / "small", inodes=50) as folder:
        params = {"mounts": [str(folder)]}

        assert observe(check, params).outlook == Outlook(100.0, None)
        assert observe(check, {**params, "full_within": "7d"}).outlook == Outlook(100.0, 7 * 86400.0)


def test_a_full_image_never_alarms_and_hides_no_full_disk(tmp_path: Path) -> None:
    with (
        squashfs(tmp_path / "image", tmp_path / "image.squashfs") as image,
        ext4(tmp_path / "disk", tmp_path / "disk.img") as disk,
    ):
        fill(disk, 80)
        automatic = observations("disk", {"warning": "70%"})
        named = observations("disk", {"mounts": [str(image), str(disk)], "warning": "70%"})

    assert str(image) not in automatic
    assert judged(automatic[str(disk)])
    assert judged(named[str(disk)])
    assert named[str(image)].value == 100
    assert judged(named[str(image)]) is None
    assert named[str(image)].outlook is None


def test_a_read_only_mount_at_a_shorter_path_does_not_stand_for_a_full_file_system(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "small") as folder:
        fill(folder, 95)
        with mounted("--bind", "-o", "ro", folder, tmp_path / "r"):
            found = observations("disk")

    assert judged(found[str(folder)]) is Severity.CRITICAL
    assert str(tmp_path / "r") not in found


def test_a_full_file_system_that_is_read_only_never_alarms(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "small") as folder:
        fill(folder, 95)
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        automatic = observations("disk")
        named = observe("disk", {"mounts": str(folder)})

    assert str(folder) not in automatic
    assert named.value == pytest.approx(95, abs=1)
    assert judged(named) is None


def test_two_full_file_systems_are_two_objects(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "one") as one, tmpfs(tmp_path / "two") as two:
        fill(one, 95)
        fill(two, 95)
        found = observations("disk", {"mounts": f"{tmp_path}/*"})

    assert {name: judged(each) for name, each in found.items()} == {
        str(one): Severity.CRITICAL,
        str(two): Severity.CRITICAL,
    }


def test_an_excluded_file_system_is_not_looked_at(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "small"):
        assert str(tmp_path / "small") not in observations("disk", {"exclude": f"{tmp_path}/*"})


def test_a_named_place_where_nothing_is_mounted_is_a_warning_and_not_the_disk_below(tmp_path: Path) -> None:
    observation = observe("disk", {"mounts": f"{tmp_path}/"})

    assert observation.object == str(tmp_path)
    assert observation.value is None
    assert judged(observation) is Severity.WARNING


@pytest.mark.parametrize(("min_free", "severity"), [("1MiB", None), ("3MiB", Severity.WARNING), ("5MiB", None)])
def test_less_room_than_must_be_free_is_a_warning_unless_the_file_system_is_smaller(
    tmp_path: Path, min_free: str, severity: Severity | None
) -> None:
    with tmpfs(tmp_path / "small") as folder:
        fill(folder, 50)
        observation = observe("disk", {"mounts": str(folder), "min_free": min_free})

    assert judged(observation) is severity


def test_a_file_system_that_does_not_answer_is_a_warning_and_the_others_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = mounts.usage

    def hang(mount: mounts.Mount) -> mounts.Usage:
        if mount.mount_point == str(tmp_path / "hung"):
            raise HostFailed(f"{mount.mount_point} does not answer")
        return usage(mount)

    monkeypatch.setattr("probed.checks.filesystems.usage", hang)
    with tmpfs(tmp_path / "hung") as hung, tmpfs(tmp_path / "fine") as fine:
        found = observations("disk", {"mounts": [str(hung), str(fine)]})

    assert judged(found[str(hung)]) is Severity.WARNING
    assert found[str(fine)].value == 0


def test_a_host_with_nothing_that_fills_up_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.checks.filesystems.mounts", tuple)

    assert look("disk") == (Absent("file system that could fill up"),)


def test_the_finding_lasts_until_the_file_system_is_clear(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "small") as folder:
        fill(folder, 77)
        observation = observe("disk", {"mounts": str(folder)})

    assert judged(observation) is None
    assert judged(observation, active=Severity.WARNING) is Severity.WARNING


def test_this_hosts_own_root_is_measured_as_df_does() -> None:
    roots = [each for each in look("disk", {"mounts": "/"}) if isinstance(each, Observation)]

    assert [each.object for each in roots] == ["/"]
    assert 0 < (roots[0].value or 0) <= 100

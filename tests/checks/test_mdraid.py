"""The kernel of a build machine has no software RAID: the tables are written as md writes them, see drivers/md/md.c."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent, Observation
from probed.host import mdstat
from tests.checks.looking import judged, look, observations

TABLE = """\
Personalities : [raid1] [raid6] [raid5] [raid4] [raid0] [linear]
md0 : active raid1 sdb1[1] sda1[0]
      1046528 blocks super 1.2 [2/2] [UU]

md1 : active raid1 sdb2[1](F) sda2[0]
      97589248 blocks super 1.2 [2/1] [U_]
      bitmap: 1/1 pages [4KB], 65536KB chunk

md2 : active raid5 sdd1[3] sdc1[1] sdb3[0]
      1953259520 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/2] [UU_]
      [=>...................]  recovery =  8.2% (80264192/976629760) finish=92.4min speed=161560K/sec

md3 : active raid1 sdf1[1] sde1[0]
      976630336 blocks super 1.2 [2/2] [UU]
      [=====>...............]  check = 27.9% (273026880/976630336) finish=67.6min speed=173264K/sec

md4 : inactive sdg1[0](S)
      976630488 blocks super 1.2

md5 : active raid0 sdh1[1] sdi1[0]
      1953260544 blocks super 1.2 512k chunks

md6 : active raid1 sdk1[2] sdj1[1](F) sdi2[0]
      976630336 blocks super 1.2 [2/2] [UU]

md7 : active (auto-read-only) raid1 sdm1[1] sdl1[0]
      1046528 blocks super 1.2 [2/2] [UU]
        resync=PENDING

md127 : inactive sdn[1](S) sdo[0](S)
      10402 blocks super external:imsm

unused devices: <none>
"""


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Observation]:
    (tmp_path / "mdstat").write_text(TABLE)
    monkeypatch.setattr(mdstat, "MDSTAT", tmp_path / "mdstat")
    return observations("mdraid")


@pytest.mark.parametrize(
    ("name", "severity", "summary"),
    [
        ("md0", None, "md0 is complete"),
        ("md1", Severity.CRITICAL, "md1 has 1 of 2 devices"),
        ("md2", Severity.WARNING, "md2 has 2 of 3 devices: recovery is under way, 8.2% done"),
        ("md3", None, "md3 is complete, check is under way"),
        ("md4", Severity.CRITICAL, "md4 does not run"),
        ("md5", None, "md5 is complete"),
        ("md6", Severity.WARNING, "md6 is complete, but sdj1 has failed"),
        ("md7", None, "md7 is complete, resync is under way"),
    ],
)
def test_an_array_is_told_by_what_it_lacks(
    found: dict[str, Observation], name: str, severity: Severity | None, summary: str
) -> None:
    assert (judged(found[name]), found[name].summary) == (severity, summary)


def test_a_container_of_metadata_is_no_array(found: dict[str, Observation]) -> None:
    assert "md127" not in found
    assert len(found) == 8


def test_an_array_can_be_left_out(found: dict[str, Observation]) -> None:
    assert list(observations("mdraid", {"arrays": ["md0", "md1"], "exclude": "md1"})) == ["md0"]


def test_a_kernel_without_software_raid_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mdstat, "MDSTAT", tmp_path / "nothing")

    assert look("mdraid") == (Absent("software RAID"),)


def test_no_array_at_all_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mdstat").write_text("Personalities : \nunused devices: <none>\n")
    monkeypatch.setattr(mdstat, "MDSTAT", tmp_path / "mdstat")

    assert look("mdraid") == (Absent("software RAID"),)


@pytest.mark.parametrize("text", ["Personalities : \nunused devices: <none>\n", None])
def test_an_array_that_is_named_ought_to_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    if text:
        (tmp_path / "mdstat").write_text(text)
    monkeypatch.setattr(mdstat, "MDSTAT", tmp_path / "mdstat")

    assert {name: judged(each) for name, each in observations("mdraid", {"arrays": ["md1", "md*"]}).items()} == {
        "md1": Severity.CRITICAL
    }


@pytest.mark.parametrize(("level", "severity"), [("raid1", None), ("raid6", Severity.WARNING)])
def test_parity_that_does_not_fit_is_told_and_mirrors_that_differ_are_not(
    level: str, severity: Severity | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mdstat").write_text(f"md0 : active {level} sdb1[1] sda1[0]\n      1046528 blocks [2/2] [UU]\n")
    (tmp_path / "md0" / "md").mkdir(parents=True)
    (tmp_path / "md0" / "md" / "mismatch_cnt").write_text("128\n")
    monkeypatch.setattr(mdstat, "MDSTAT", tmp_path / "mdstat")
    monkeypatch.setattr(mdstat, "SYS_BLOCK", tmp_path)

    assert judged(observations("mdraid")["md0"]) is severity
    assert judged(observations("mdraid", {"mismatches": 1000})["md0"]) is None

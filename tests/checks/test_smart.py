"""The disks of a build machine tell no health: what smartctl prints is written in the form of smartctl 7.3."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import smart
from tests.checks.looking import judged, look, observations, observe
from tests.host.scripted import Scripted
from tests.real.packages import program


def attribute(number: int, name: str, raw: int, when_failed: str = "") -> dict[str, object]:
    return {"id": number, "name": name, "when_failed": when_failed, "raw": {"value": raw, "string": str(raw)}}


def disk(*attributes: dict[str, object], passed: bool = True, **more: object) -> dict[str, Any]:
    return {
        "smartctl": {"version": [7, 3], "exit_status": 0},
        "device": {"name": "/dev/sda", "type": "sat", "protocol": "ATA"},
        "model_name": "WDC WD40EFRX-68N32N0",
        "serial_number": "WD-WCC7K0000000",
        "smart_status": {"passed": passed},
        "ata_smart_attributes": {"revision": 16, "table": list(attributes)},
        **more,
    }


def nvme(**log: int) -> dict[str, Any]:
    known = {"critical_warning": 0, "available_spare": 100, "available_spare_threshold": 10, "percentage_used": 4}
    return {
        "smartctl": {"exit_status": 0},
        "device": {"name": "/dev/nvme0", "type": "nvme", "protocol": "NVMe"},
        "model_name": "Samsung SSD 980 PRO 1TB",
        "smart_status": {"passed": True, "nvme": {"value": 0}},
        "nvme_smart_health_information_log": {**known, "media_errors": 0, **log},
    }


FAILED_TEST = {"standard": {"table": [{"status": {"passed": False, "string": "Completed: read failure"}}]}}


@pytest.mark.parametrize(
    ("said", "severity", "says"),
    [
        (disk(attribute(5, "Reallocated_Sector_Ct", 3)), None, "is healthy"),
        (nvme(), None, "is healthy"),
        (disk(passed=False), Severity.CRITICAL, "says that it fails"),
        (disk(attribute(1, "Raw_Read_Error_Rate", 9, "now")), Severity.CRITICAL, "threshold of Raw_Read_Error_Rate"),
        (disk(attribute(1, "Raw_Read_Error_Rate", 9, "past")), None, "is healthy"),
        (disk(attribute(5, "Reallocated_Sector_Ct", 304)), Severity.WARNING, "has replaced 304 sectors"),
        (disk(attribute(197, "Current_Pending_Sector", 8)), Severity.WARNING, "8 sectors that cannot be read"),
        (disk(ata_smart_self_test_log=FAILED_TEST), Severity.WARNING, "Completed: read failure"),
        (disk(scsi_grown_defect_list=260), Severity.WARNING, "has replaced 260 sectors"),
        (nvme(critical_warning=0x10), Severity.CRITICAL, "warns (bits 0x10)"),
        (nvme(available_spare=8), Severity.CRITICAL, "has 8% of its spare room left"),
        (nvme(percentage_used=101), Severity.WARNING, "has used 101% of its life"),
        (nvme(media_errors=2), Severity.WARNING, "2 sectors that cannot be read"),
    ],
)
def test_a_disk_is_told_by_what_it_says(
    tmp_path: Path, said: dict[str, Any], severity: Severity | None, says: str
) -> None:
    (tmp_path / "a.json").write_text(json.dumps(said))

    observation = observe("smart", {"files": f"{tmp_path}/*.json"})

    assert judged(observation) is severity
    assert says in observation.summary
    assert json.loads(json.dumps(dict(observation.evidence))) == observation.evidence


def test_a_file_that_nobody_writes_any_more_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(disk()))
    long_ago = time.time() - 3 * 86400
    os.utime(tmp_path / "a.json", (long_ago, long_ago))

    observation = observe("smart", {"files": f"{tmp_path}/a.json"})

    assert judged(observation) is Severity.WARNING
    assert observation.summary.endswith("was asked 3.0d ago for the last time")


@pytest.mark.parametrize("text", ["", "{}", "[]", "smartctl 7.3 2022-02-28 r5338"])
def test_a_file_that_holds_nothing_of_a_disk_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)

    (absent,) = look("smart", {"files": f"{tmp_path}/a.json"})

    assert isinstance(absent, Absent)
    assert "a.json" in absent.remedy


def test_a_disk_can_be_left_out_by_its_name_or_model(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(disk(passed=False)))
    (tmp_path / "b.json").write_text(json.dumps(nvme()))

    assert list(observations("smart", {"files": f"{tmp_path}/*.json", "exclude": "WDC*"})) == ["/dev/nvme0"]


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    scripted = Scripted(tmp_path / "bin", monkeypatch)
    monkeypatch.setattr(smart, "PATH", str(scripted.folder))
    return scripted


def scanned(host: Scripted, answer: dict[str, Any]) -> None:
    """smartctl finds one disk, and says this of it."""
    host.answer("one", json.dumps({"devices": [{"name": "/dev/sda", "type": "scsi"}]}))
    host.answer("two", json.dumps(answer))
    script = host.folder / "smartctl"
    script.write_text(f'#!/bin/sh\ncase "$*" in *--scan*) {host.folder}/one;; *) {host.folder}/two "$@";; esac\n')
    script.chmod(0o755)


def test_every_disk_that_smartctl_finds_is_asked_without_waking_it(host: Scripted) -> None:
    scanned(host, disk(attribute(197, "Current_Pending_Sector", 1)))

    assert judged(observe("smart")) is Severity.WARNING
    assert host.calls("two") == ["--json --all --nocheck=standby --device=scsi /dev/sda"]


def test_a_disk_that_sleeps_is_healthy(host: Scripted) -> None:
    message = {"string": "Device is in STANDBY mode, exit(2)", "severity": "information"}
    scanned(host, {"smartctl": {"exit_status": 2, "messages": [message]}})

    assert observe("smart").summary == "/dev/sda (?) sleeps"


def test_who_may_not_ask_is_told_the_other_way(host: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 998)
    message = {"string": "Smartctl open device: /dev/sda failed: Permission denied", "severity": "error"}
    scanned(host, {"smartctl": {"exit_status": 2, "messages": [message]}})

    assert look("smart") == (Absent("the disks' own health", smart.REMEDY),)


def test_a_machine_without_such_disks_says_so() -> None:
    """The real smartctl, on this machine."""
    program("smartctl", "smartmontools")

    assert all(isinstance(item, Absent) for item in look("smart"))


def test_a_host_without_smartctl_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(smart, "PATH", str(tmp_path))

    assert look("smart") == (Absent("smartctl", "install smartmontools"),)

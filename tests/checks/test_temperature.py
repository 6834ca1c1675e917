"""Virtual machines have no sensors: the tree is written as the kernel's drivers write theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import sensors
from tests.checks.looking import judged, look, observations


@pytest.fixture
def hwmon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sensors, "HWMON", tmp_path)
    return tmp_path


def sensor(hwmon: Path, chip: int, driver: str, label: str, celsius: float, **files: object) -> None:
    folder = hwmon / f"hwmon{chip}"
    folder.mkdir(exist_ok=True)
    number = len(list(folder.glob("temp*_input"))) + 1
    (folder / "name").write_text(f"{driver}\n")
    (folder / f"temp{number}_input").write_text(f"{celsius * 1000:.0f}\n")
    if label:
        (folder / f"temp{number}_label").write_text(f"{label}\n")
    for name, value in files.items():
        (folder / f"temp{number}_{name}").write_text(f"{value}\n")


@pytest.mark.parametrize(
    ("celsius", "severity"), [(62, None), (94, None), (96, Severity.WARNING), (100, Severity.CRITICAL)]
)
def test_a_processor_is_judged_by_its_own_limit(hwmon: Path, celsius: float, severity: Severity | None) -> None:
    sensor(hwmon, 0, "coretemp", "Package id 0", celsius, max=80000, crit=100000)

    observation = observations("temperature")["coretemp Package id 0"]

    assert observation.value == celsius
    assert judged(observation) is severity


def test_a_disk_whose_own_alarm_is_on_is_critical(hwmon: Path) -> None:
    sensor(hwmon, 0, "nvme", "Composite", 70, crit=84850, crit_alarm=1)

    assert judged(observations("temperature")["nvme Composite"]) is Severity.CRITICAL


@pytest.mark.parametrize("limit", [0, 65261850, -273150, 255000])
def test_a_limit_that_cannot_be_meant_is_none(hwmon: Path, limit: int) -> None:
    sensor(hwmon, 0, "nvme", "Sensor 1", 60, crit=limit)

    assert judged(observations("temperature")["nvme Sensor 1"]) is None


def test_the_document_can_give_limits_to_those_that_have_none(hwmon: Path) -> None:
    sensor(hwmon, 0, "acpitz", "", 88)

    assert judged(observations("temperature")["acpitz temp1"]) is None
    assert judged(observations("temperature", {"warning": 80, "critical": 95})["acpitz temp1"]) is Severity.WARNING


def test_two_disks_of_one_kind_are_told_apart_and_one_that_sleeps_is_left_out(hwmon: Path) -> None:
    sensor(hwmon, 0, "drivetemp", "", 30, crit=60000)
    sensor(hwmon, 1, "drivetemp", "", 61, crit=60000)
    sensor(hwmon, 2, "drivetemp", "", 30)
    (hwmon / "hwmon2" / "temp1_input").unlink()
    (hwmon / "hwmon2" / "temp1_input").mkdir()

    found = observations("temperature")

    assert {name: judged(each) for name, each in found.items()} == {
        "drivetemp temp1": None,
        "drivetemp temp1 #2": Severity.CRITICAL,
    }
    assert list(observations("temperature", {"exclude": ["* #2"]})) == ["drivetemp temp1"]


def test_a_machine_without_sensors_says_so(hwmon: Path) -> None:
    assert look("temperature") == (Absent("temperature sensor"),)

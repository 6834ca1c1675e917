"""A tree as the kernel shows it: no test machine has a battery."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import batteries
from tests.checks.looking import judged, look, observe


@pytest.fixture
def supplies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(batteries, "SUPPLIES", tmp_path)
    return tmp_path


def write(folder: Path, **facts: str) -> None:
    folder.mkdir()
    for name, text in facts.items():
        (folder / name).write_text(f"{text}\n")


@pytest.mark.parametrize(
    ("status", "capacity", "severity"),
    [
        ("Discharging", "80", None),
        ("Discharging", "15", Severity.WARNING),
        ("Discharging", "4", Severity.CRITICAL),
        ("Charging", "4", None),
        ("Full", "100", None),
    ],
)
def test_only_a_battery_that_is_being_emptied_is_judged(
    supplies: Path, status: str, capacity: str, severity: Severity | None
) -> None:
    write(supplies / "BAT0", type="Battery", status=status, capacity=capacity)

    found = observe("battery")

    assert found.object == "BAT0"
    assert judged(found) is severity


def test_a_mouse_and_the_mains_are_no_battery_of_the_host(supplies: Path) -> None:
    write(supplies / "hid-1", type="Battery", scope="Device", status="Discharging", capacity="2")
    write(supplies / "AC", type="Mains", online="1")

    assert look("battery") == (Absent("battery"),)

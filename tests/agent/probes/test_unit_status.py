from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from probed.agent.probes.unit_status import PROBE
from probed.errors import NotHere, ParameterError
from probed.host import systemd
from tests.actions.fake_systemctl import FAILED, FakeSystemctl, install
from tests.agent.probes.asking import ask, rows_of


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSystemctl:
    fake = install(tmp_path)
    monkeypatch.setenv("PATH", str(fake.bin), prepend=":")
    monkeypatch.setattr(systemd, "BOOTED", str(tmp_path))
    fake.add("nginx.service", **FAILED, ExecMainStatus="3", UnitFileState="enabled")
    fake.add("backup.timer")
    return fake


async def test_without_a_name_the_units_in_trouble_are_told(systemctl: FakeSystemctl) -> None:
    (row,) = rows_of(await ask(PROBE))

    assert row["unit"] == "nginx.service"
    assert (row["active"], row["result"], row["exit_status"], row["main_pid"]) == ("failed", "exit-code", 3, None)
    assert row["changed"] == "never since boot"


@pytest.mark.parametrize(
    ("unit", "found"),
    [("nginx", "nginx.service"), ("nginx.service", "nginx.service"), ("backup.timer", "backup.timer")],
)
async def test_a_name_may_lack_its_type(unit: str, found: str, systemctl: FakeSystemctl) -> None:
    (row,) = rows_of(await ask(PROBE, unit=unit))

    assert (row["unit"], row["load"]) == (found, "loaded")


async def test_a_unit_that_does_not_exist_is_told_as_such(systemctl: FakeSystemctl) -> None:
    (row,) = rows_of(await ask(PROBE, unit="ghost"))

    assert (row["unit"], row["load"]) == ("ghost.service", "not-found")


async def test_a_pattern_is_looked_up_first(systemctl: FakeSystemctl, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def list_units(patterns: Sequence[str]) -> tuple[str, ...]:
        asked.extend(patterns)
        return ("nginx.service", "backup.timer")

    monkeypatch.setattr(systemd, "list_units", list_units)

    answer = await ask(PROBE, unit="ng*", limit=1)

    assert asked == ["ng*.service"]
    assert [row["unit"] for row in rows_of(answer)] == ["nginx.service"]
    assert answer["truncated"] == "the first 1 of 2 rows"


@pytest.mark.parametrize("unit", ["--root=/", "-x", "a b", "$(id)", "a/b"])
async def test_an_option_is_no_name(unit: str) -> None:
    with pytest.raises(ParameterError):
        await ask(PROBE, unit=unit)


async def test_a_host_without_systemd_has_no_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(systemd, "BOOTED", str(tmp_path / "none"))

    with pytest.raises(NotHere, match="systemd"):
        await ask(PROBE, unit="nginx")

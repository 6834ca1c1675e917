from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.checks.ups import Params, _faults
from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.errors import NotHere
from probed.host import ups
from probed.host.command import Completed
from tests.checks.looking import judged, look, observe
from tests.real.power import Supply, supply


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supply]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with supply(tmp_path_factory.mktemp("nut"), port) as started:
        yield started


def test_a_supply_tells_whether_the_mains_are_there(rack: Supply) -> None:
    rack.says("OL CHRG", battery_charge=97, battery_runtime=1800, ups_load=22)
    healthy = observe("ups", {"names": rack.name})
    rack.says("OB DISCHRG", battery_charge=91, battery_runtime=1500, ups_load=22)
    on_battery = observe("ups", {"names": rack.name})
    rack.says("OB DISCHRG LB", battery_charge=12, battery_runtime=90, ups_load=22)
    empty = observe("ups", {"names": rack.name})

    assert judged(healthy) is None
    assert judged(on_battery) is Severity.WARNING
    assert on_battery.summary == f"{rack.name}: it is on battery (91% charged, 25.0m left)"
    assert on_battery.threshold
    assert on_battery.threshold.for_s == 60
    assert judged(empty) is Severity.CRITICAL
    assert empty.threshold is None


def test_the_supplies_of_a_server_are_found(rack: Supply) -> None:
    assert ups.names(rack.server) == (rack.name,)


def test_a_supply_that_its_server_does_not_know_is_a_warning(rack: Supply) -> None:
    observation = observe("ups", {"names": f"other@{rack.server}"})

    assert judged(observation) is Severity.WARNING
    assert observation.summary.endswith("Error: Unknown UPS")


def test_a_supply_whose_driver_has_died_is_a_warning(rack: Supply) -> None:
    rack.loses_its_driver()

    observation = observe("ups", {"names": rack.name})

    assert judged(observation) is Severity.WARNING
    assert "Driver not connected" in observation.summary


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ("ups.status: OL RB", "its battery has to be replaced"),
        ("ups.status: OL OVER\nups.load: 104", "it is overloaded"),
        ("ups.status: OL\nups.load: 95", "its load is 95%"),
        ("ups.status: BYPASS", "it is in bypass, without its battery"),
        ("ups.status: OL\nups.alarm: Fan failure!", "it says Fan failure!"),
        ("ups.status: OL LB", "its battery is low"),
        ("battery.charge: 100", "it tells no state"),
    ],
)
def test_what_a_supply_complains_of_is_a_warning(facts: str, says: str) -> None:
    severity, text = next(_faults(ups.told("rack", facts), Params()))

    assert (severity, text) == (Severity.WARNING, says)


@pytest.mark.parametrize(
    "facts",
    [
        "ups.status: OL",
        "ups.status: OL CHRG LB",
        "ups.status: OL TRIM",
        "ups.status: WAIT",
        "ups.status: OL CAL",
        "ups.status: OL\nups.load: 562020",
        "ups.status: OL\nups.alarm: 0",
    ],
)
def test_what_is_no_complaint_is_none(facts: str) -> None:
    assert list(_faults(ups.told("rack", facts), Params())) == []


def test_a_host_without_the_tools_or_their_server_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert look("ups") == (Absent("UPS server (upsd)"),)

    monkeypatch.setenv("PATH", str(tmp_path))
    assert look("ups") == (Absent("the Network UPS Tools"),)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_the_tools_are_asked_where_somebody_listens_at_either_address(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def upsc(argv: list[str]) -> Completed:
        asked.append(argv)
        return Completed((), 0, "", "", timed_out=False, truncated=False, seconds=0.0)

    monkeypatch.setattr(ups, "_upsc", upsc)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as server:
        monkeypatch.setattr(ups, "PORT", server.getsockname()[1])
        assert ups.names() == ()
    with pytest.raises(NotHere, match="upsd"):
        ups.names()

    assert asked == [["-l"]]

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.checks.ups import Params, _faults
from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.errors import NotHere
from probed.host import apcupsd, ups
from probed.host.command import Completed
from tests.checks.looking import judged, look, observations, observe
from tests.real.power import Supply, supply
from tests.real.servers import serving


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


class Apcupsd:
    """Its network information server, with what a real one said (3.14.14, a Back-UPS), but for the state."""

    def __init__(self, status: str, charge: float = 100.0, minutes: float = 68.3) -> None:
        facts = ["APC      : 001,036,0856", "VERSION  : 3.14.14 (31 May 2016) debian", "UPSNAME  : rack"]
        facts += [f"STATUS   : {status} ", "LINEV    : 230.0 Volts", "LOADPCT  : 13.0 Percent"]
        facts += [
            f"BCHARGE  : {charge} Percent",
            f"TIMELEFT : {minutes} Minutes",
            "END APC  : 2026-11-30 10:00:00 +0000",
        ]
        self._records = [f"{fact}\n".encode() for fact in facts]

    def __call__(self, connection: socket.socket) -> None:
        assert connection.recv(8) == b"\x00\x06status"
        for record in self._records:
            connection.sendall(struct.pack(">H", len(record)) + record)
        connection.sendall(b"\x00\x00")


@pytest.mark.parametrize(
    ("says", "severity", "words"),
    [
        (Apcupsd("ONLINE"), None, "rack has power from the mains"),
        (Apcupsd("BOOST ONLINE"), None, "rack has power from the mains"),
        (Apcupsd("ONBATT", 80.0, 40.0), Severity.WARNING, "it is on battery (80% charged, 40.0m left)"),
        (Apcupsd("ONBATT LOWBATT", 8.0, 2.0), Severity.CRITICAL, "it is on battery"),
        (Apcupsd("ONLINE REPLACEBATT"), Severity.WARNING, "its battery has to be replaced"),
        (Apcupsd("ONLINE NOBATT"), Severity.WARNING, "it has no battery"),
        (Apcupsd("COMMLOST"), Severity.WARNING, "apcupsd has lost it"),
    ],
)
def test_what_apcupsd_tells_is_judged_alike(
    says: Apcupsd, severity: Severity | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(says) as port:
        monkeypatch.setattr(apcupsd, "PORT", port)
        found = observations("ups", {"names": "apcupsd"})["rack"]

    assert judged(found) is severity
    assert words in found.summary


def test_a_host_that_has_apcupsd_alone_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ups.shutil, "which", lambda program: None)  # type: ignore[attr-defined]
    with serving(Apcupsd("ONLINE")) as port:
        monkeypatch.setattr(apcupsd, "PORT", port)

        assert set(observations("ups")) == {"rack"}

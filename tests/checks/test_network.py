from __future__ import annotations

from pathlib import Path

import pytest

from probed.checks import network
from probed.checks.since_last_look import Span
from probed.core.finding import Severity
from probed.core.observation import Absent, Observation
from probed.host import interfaces
from probed.host.interfaces import Interface
from tests.checks.looking import judged, look, observations
from tests.real.network import alone


def card(packets: int, errors: int = 0, dropped: int = 0, **facts: bool) -> Interface:
    state = {"is_set_up": True, "has_carrier": True, "had_carrier": True, "is_hardware": True} | facts
    return Interface("eth0", speed_mbit=1000, packets=packets, errors=errors, dropped=dropped, **state)


def seen(
    monkeypatch: pytest.MonkeyPatch, now: Interface, before: Interface | None = None, **params: object
) -> dict[str, Observation]:
    network._had_carrier.clear()
    span = Span({"eth0": before or card(0)}, {"eth0": now}, 60.0)
    monkeypatch.setattr(network._window, "move", lambda: span)
    return observations("network", params)


def test_a_link_that_is_lost_is_a_finding_and_one_that_somebody_set_down_is_not() -> None:
    """Real ends of a virtual cable, in a network of their own."""
    steps = alone("""
        ip("link", "add", "va", "type", "veth", "peer", "name", "vb")
        params = {"interfaces": ["va"]}
        steps = {}
        ip("link", "set", "va", "up")
        steps["never had a carrier"] = told("network", params)["va"]
        ip("link", "set", "vb", "up")
        steps["up"] = told("network", params)["va"]
        ip("link", "set", "vb", "down")
        steps["lost"] = told("network", params)["va"]
        ip("link", "add", "wa", "type", "veth", "peer", "name", "wb")
        ip("link", "set", "wb", "up")
        ip("link", "set", "wa", "up")
        ip("address", "add", "198.51.100.1/24", "dev", "wa")
        ip("route", "add", "default", "via", "198.51.100.2", "dev", "wa", "onlink")
        steps["lost, with the default route over another"] = told("network", params)["va"]
        steps["required, with the default route over another"] = told("network", {"required": ["va"]})["va"]
        ip("link", "add", "br0", "type", "bridge")
        ip("link", "set", "va", "master", "br0")
        steps["lost under a bridge, with the default route over another"] = told("network", params)["va"]
        ip("link", "set", "va", "nomaster")
        ip("route", "del", "default")
        ip("address", "add", "192.0.2.1/24", "dev", "va")
        ip("route", "add", "default", "via", "192.0.2.2", "dev", "va", "onlink")
        steps["lost, with the default route"] = told("network", params)["va"]
        ip("link", "set", "va", "down")
        steps["set down"] = told("network", params)["va"]
        steps["required"] = told("network", {"required": ["va", "vz"]})
        print(json.dumps(steps))
    """)

    severities = {name: step[0] for name, step in steps.items() if name != "required"}
    assert severities == {
        "never had a carrier": None,
        "up": None,
        "lost": "warning",
        "lost, with the default route over another": "info",
        "required, with the default route over another": "critical",
        "lost under a bridge, with the default route over another": "warning",
        "lost, with the default route": "critical",
        "set down": None,
    }
    assert steps["lost"][2] == "the link of va is down: it has lost its carrier"
    assert steps["required"]["va"][0] == "critical"
    assert steps["required"]["vz"][0] == "critical"


@pytest.mark.parametrize(
    ("kind", "required", "severity"),
    [
        ("phy80211", [], Severity.INFO),
        ("phy80211", ["eth0"], Severity.CRITICAL),
        ("device", [], Severity.WARNING),
    ],
)
def test_a_laptop_that_was_carried_away_from_its_network_is_healthy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, required: list[str], severity: Severity
) -> None:
    """By a tree like that of sysfs: no machine of the tests has a wireless card."""
    (tmp_path / "eth0" / kind).mkdir(parents=True)
    monkeypatch.setattr(interfaces, "SYS_NET", tmp_path)
    monkeypatch.setattr(interfaces, "of_default_route", lambda: frozenset[str]())

    assert judged(seen(monkeypatch, card(100, has_carrier=False), required=required)["eth0"]) is severity


def test_bridges_and_ends_of_containers_are_looked_at_only_by_name() -> None:
    """As Docker leaves them: a bridge without a carrier since its last container ended."""
    found = alone("""
        ip("link", "add", "docker0", "type", "bridge")
        ip("link", "set", "docker0", "up")
        ip("link", "add", "va", "type", "veth", "peer", "name", "vb")
        ip("link", "set", "va", "up")
        from tests.checks.looking import look
        print(json.dumps([str(look("network")), list(told("network", {"interfaces": "docker*"}))]))
    """)

    assert found == [str((Absent("network interface"),)), ["docker0", "docker0 errors", "docker0 drops"]]


@pytest.mark.parametrize(
    ("errors", "packets", "severity"),
    [
        (0, 100_000, None),
        (2000, 98_000, Severity.WARNING),
        (20_000, 80_000, Severity.CRITICAL),
        (100, 500, None),
        (9, 2, None),
    ],
    ids=["none", "2%", "20%", "fewer than 10 a second", "hardly any packets"],
)
def test_errors_count_by_their_share_and_only_if_there_are_many(
    monkeypatch: pytest.MonkeyPatch, errors: int, packets: int, severity: Severity | None
) -> None:
    assert judged(seen(monkeypatch, card(packets, errors=errors))["eth0 errors"]) is severity


def test_drops_have_a_bound_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    found = seen(monkeypatch, card(90_000, dropped=10_000))

    assert judged(found["eth0 drops"]) is Severity.WARNING
    assert judged(seen(monkeypatch, card(90_000, dropped=10_000), drops="off")["eth0 drops"]) is None
    assert found["eth0 drops"].value == 10


def test_a_counter_that_began_anew_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert seen(monkeypatch, card(5), card(1_000_000, errors=500))["eth0 errors"].value == 0


def test_the_interfaces_of_this_host_are_told_without_the_loopback() -> None:
    assert "lo" not in interfaces.interfaces()
    assert interfaces.of_default_route() <= interfaces.interfaces().keys()


def test_a_host_without_any_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network._window, "move", lambda: Span({}, {}, 60.0))

    assert look("network") == (Absent("network interface"),)

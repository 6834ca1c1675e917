"""Trees as the kernel shows them, after its documentation and sources: the test machines' kernel has no bonds."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import bonds
from tests.checks.looking import judged, look, observe


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bonds, "SYS_NET", tmp_path)
    return tmp_path


def write_bond(net: Path, mode: str, partner: str = "", **members: tuple[str, str]) -> None:
    """Of each member its state and the number of its bundle."""
    (net / "bond0" / "bonding").mkdir(parents=True)
    facts = {"mode": mode, "slaves": " ".join(members), "ad_aggregator": "1", "ad_partner_mac": partner}
    for fact, text in facts.items():
        (net / "bond0" / "bonding" / fact).write_text(f"{text}\n")
    for name, (state, bundle) in members.items():
        (net / name / "bonding_slave").mkdir(parents=True)
        (net / name / "bonding_slave" / "mii_status").write_text(f"{state}\n")
        (net / name / "bonding_slave" / "ad_aggregator_id").write_text(f"{bundle}\n")


@pytest.mark.parametrize(
    ("eth0", "eth1", "severity", "words"),
    [
        ("up", "up", None, "has all of its 2 members"),
        ("up", "down", Severity.WARNING, "lacks eth1"),
        ("down", "going down", Severity.CRITICAL, "has no member that is up"),
    ],
)
def test_a_bond_that_lacks_a_member_is_told(
    net: Path, eth0: str, eth1: str, severity: Severity | None, words: str
) -> None:
    write_bond(net, "active-backup 1", eth0=(eth0, "N/A"), eth1=(eth1, "N/A"))

    found = observe("bonding")

    assert judged(found) is severity
    assert words in found.summary
    assert (found.threshold.for_s if found.threshold else 0) == 60


@pytest.mark.parametrize(
    ("partner", "bundle", "severity", "words"),
    [
        ("52:54:00:12:34:56", "1", None, "has all of its 2 members"),
        ("52:54:00:12:34:56", "2", Severity.WARNING, "has not taken eth1 into its bundle"),
        ("00:00:00:00:00:00", "2", Severity.WARNING, "the switch does not speak LACP"),
    ],
)
def test_what_lacp_does_not_bundle_is_told(
    net: Path, partner: str, bundle: str, severity: Severity | None, words: str
) -> None:
    write_bond(net, "802.3ad 4", partner, eth0=("up", "1"), eth1=("up", bundle))

    found = observe("bonding")

    assert judged(found) is severity
    assert words in found.summary


def test_a_bond_without_members_and_one_that_is_left_out_are_no_fault(net: Path) -> None:
    write_bond(net, "balance-rr 0")
    assert look("bonding") == (Absent("bond of network interfaces"),)


def test_one_that_is_left_out_is_not_looked_at(net: Path) -> None:
    write_bond(net, "balance-rr 0", eth0=("down", "N/A"))
    assert look("bonding", {"exclude": "bond0"}) == (Absent("bond of network interfaces"),)

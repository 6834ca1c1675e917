from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import conntrack
from tests.checks.looking import judged, look, observe
from tests.real.network import alone
from tests.real.packages import program


def test_the_connections_that_a_real_firewall_follows_are_counted() -> None:
    program("iptables", "iptables")
    before, after = alone("""
        import socket
        subprocess.run(["iptables", "-A", "INPUT", "-m", "conntrack", "--ctstate", "NEW", "-j", "ACCEPT"], check=True)
        before = observations("conntrack")["connections"].evidence["entries"]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for port in range(40000, 40050):
                sender.sendto(b"one", ("127.0.0.1", port))
        found = observations("conntrack")["connections"]
        print(json.dumps([before, [found.evidence["entries"], found.value, judged(found)]]))
    """)

    entries, percent, severity = after
    assert entries >= before + 50
    assert percent < 1
    assert severity is None


@pytest.mark.parametrize(("entries", "severity"), [(70, None), (80, Severity.WARNING), (95, Severity.CRITICAL)])
def test_a_table_that_fills_up_is_told(
    entries: int, severity: Severity | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tree as the kernel shows it: the bound is the whole machine's."""
    (tmp_path / "nf_conntrack_count").write_text(f"{entries}\n")
    (tmp_path / "nf_conntrack_max").write_text("100\n")
    monkeypatch.setattr(conntrack, "NETFILTER", tmp_path)

    assert judged(observe("conntrack")) is severity


def test_a_host_whose_kernel_follows_no_connections_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conntrack, "NETFILTER", tmp_path)

    assert look("conntrack") == (Absent("the firewall's table of connections"),)

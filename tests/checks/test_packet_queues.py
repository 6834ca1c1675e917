from __future__ import annotations

from pathlib import Path

import pytest

from probed.checks import packet_queues, since_last_look
from probed.core.finding import Severity
from probed.host import net_counters
from tests.checks.looking import judged, observations
from tests.real.network import alone


@pytest.fixture(autouse=True)
def _fresh_window() -> None:
    packet_queues._window.forget()


def test_packets_that_a_program_does_not_read_are_told_with_its_port() -> None:
    severity, evidence = alone("""
        import socket
        from probed.checks import since_last_look
        since_last_look.NEAREST_S = 0
        deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.bind(("127.0.0.1", 4711))
        told("packet_queues")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(500):
                sender.sendto(bytes(500), ("127.0.0.1", 4711))
        found = observations("packet_queues")["udp receive"]
        print(json.dumps([judged(found), found.evidence]))
    """)

    assert severity == "warning"
    assert evidence["lost"] >= 400
    assert evidence["sockets"] == [{"port": 4711, "lost": evidence["lost"]}]


def test_a_full_backlog_is_told_and_a_turn_that_was_too_short_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processors' lines as the kernel writes them; no test brings a machine that far."""
    monkeypatch.setattr(net_counters, "NET", tmp_path)
    monkeypatch.setattr(since_last_look, "NEAREST_S", 0.0)
    (tmp_path / "snmp").write_text("Udp: InDatagrams RcvbufErrors SndbufErrors\nUdp: 7 0 0\n")
    (tmp_path / "softnet_stat").write_text(f"{_processor(0, 0)}\n{_processor(0, 0)}\n")
    observations("packet_queues")

    (tmp_path / "softnet_stat").write_text(f"{_processor(0, 900)}\n{_processor(0, 900)}\n")
    squeezed = observations("packet_queues")["backlog"]
    (tmp_path / "softnet_stat").write_text(f"{_processor(900, 900)}\n{_processor(16, 900)}\n")
    dropped = observations("packet_queues")["backlog"]

    assert judged(squeezed) is None
    assert squeezed.evidence["squeezed"] == 1800
    assert judged(dropped) is Severity.WARNING
    assert dropped.evidence["lost"] == 916


@pytest.mark.parametrize("table", ["", None])
def test_a_kernel_that_shows_no_backlog_is_no_fault(
    table: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(net_counters, "NET", tmp_path)
    (tmp_path / "snmp").write_text("Udp: InDatagrams RcvbufErrors SndbufErrors\nUdp: 7 3 3\n")
    if table is not None:
        (tmp_path / "softnet_stat").write_text(table)

    assert {name: judged(each) for name, each in observations("packet_queues").items()} == {
        "udp receive": None,
        "udp send": None,
    }


def _processor(dropped: int, squeezed: int) -> str:
    return f"0000c1a5 {dropped:08x} {squeezed:08x} " + " ".join(["00000000"] * 12)

from __future__ import annotations

from pathlib import Path

import pytest

from probed.checks import tcp as check
from probed.checks.since_last_look import Span
from probed.core.finding import Severity
from probed.host import tcp
from tests.checks.looking import judged, observations
from tests.real.network import alone


@pytest.fixture(autouse=True)
def _fresh_window() -> None:
    check._window.forget()


def test_a_program_that_accepts_nothing_lets_its_queue_run_over() -> None:
    found = alone("""
        import socket
        from probed.checks import since_last_look, tcp
        since_last_look.NEAREST_S = 0
        deaf = socket.create_server(("127.0.0.1", 4711), backlog=1)
        told("tcp")
        callers = [socket.socket() for _ in range(12)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", 4711))
        time.sleep(0.3)
        (queues,) = (each for each in observations("tcp").values() if each.object == "listen queues")
        print(json.dumps([judged(queues), queues.evidence, queues.summary]))
    """)

    severity, evidence, summary = found
    assert summary.endswith("most wait on port 4711")
    assert severity == "warning"
    assert evidence["overflows"] >= 5
    assert evidence["waiting"] == [{"port": 4711, "connections": 2}]


def test_ephemeral_ports_that_one_destination_has_used_up_are_critical() -> None:
    found = alone("""
        import socket
        with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as file:
            file.write("40000 40099")
        server = socket.create_server(("127.0.0.1", 4711), backlog=200)
        held = []
        try:
            while True:
                held.append(socket.create_connection(("127.0.0.1", 4711), timeout=5))
        except OSError:
            full = told("tcp")["ephemeral ports"]
        for each in held[:50]:
            each.close()
        again = observations("tcp")["ephemeral ports"]
        print(json.dumps([full, again.evidence["destination"], again.summary]))
    """)

    (severity, value, _), destination, summary = found
    assert summary.endswith("to 127.0.0.1 port 4711")
    assert severity == "critical"
    assert value >= 95
    assert destination == "127.0.0.1 port 4711"


def test_ended_connections_count_against_what_the_kernel_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    now = tcp.Sockets(open=10, time_wait=900, max_time_wait=1000, ports=(32768, 60999))
    monkeypatch.setattr(tcp, "sockets", lambda: now)

    ended = observations("tcp")["time-wait"]

    assert ended.value == 90
    assert judged(ended) is Severity.WARNING


def test_few_connections_are_counted_without_reading_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tcp, "busiest_destination", lambda ports: pytest.fail("they were read"))
    monkeypatch.setattr(tcp, "sockets", lambda: tcp.Sockets(100, 50, 1000, (32768, 60999)))

    assert judged(observations("tcp")["ephemeral ports"]) is None


def test_a_healthy_host_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check._window, "move", lambda: Span(tcp.refused(), tcp.refused(), 60.0))

    assert {name: judged(each) for name, each in observations("tcp").items()} == {
        "listen queues": None,
        "ephemeral ports": None,
        "time-wait": None,
    }


def test_an_address_of_ipv6_is_readable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A line as the kernel writes it on a little-endian machine."""
    (tmp_path / "tcp6").write_text(
        "  sl  local_address                         remote_address                        st tx_queue rx_queue\n"
        "   0: 00000000000000000000000001000000:9C40 00000000000000000000000001000000:1267 01 00000000:00000000 0 0\n"
    )
    monkeypatch.setattr(tcp, "NET", tmp_path)

    assert tcp.busiest_destination((40000, 40099)) == (1, "::1 port 4711")

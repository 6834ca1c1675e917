from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from probed.checks import tcp_loss
from probed.checks.since_last_look import Span
from probed.checks.tcp_loss import Counted
from probed.core.finding import Severity
from tests.checks.looking import judged, observations
from tests.real.network import alone
from tests.real.packages import program

NOW = Counted(cookies=0, dropped=0, sent=60_000, sent_again=600, refused=60, cut_off=60)


@pytest.fixture
def minute(monkeypatch: pytest.MonkeyPatch) -> Callable[[Counted], None]:
    """What was counted within a minute."""
    none = Counted(0, 0, 0, 0, 0, 0)
    return lambda now: monkeypatch.setattr(tcp_loss._window, "move", lambda: Span(none, now, 60.0))


def test_a_flood_of_beginnings_is_told() -> None:
    """Connections that are begun and never completed: nobody refuses what the server answers, for that is dropped."""
    program("iptables", "iptables")
    severity, evidence = alone("""
        import socket, struct
        from probed.checks import since_last_look
        since_last_look.NEAREST_S = 0
        drop_resets = ["iptables", "-A", "OUTPUT", "-p", "tcp", "--tcp-flags", "RST", "RST", "-j", "DROP"]
        subprocess.run(drop_resets, check=True)
        server = socket.create_server(("127.0.0.1", 4711), backlog=1)
        told("tcp_loss")

        def beginning(here):
            head = struct.pack("!HHIIBBHHH", 40000, 4711, 1000, 0, 0x50, 2, 8192, 0, 0)
            whole = socket.inet_aton(here) + socket.inet_aton("127.0.0.1") + struct.pack("!BBH", 0, 6, len(head)) + head
            total = sum(struct.unpack(f"!{len(whole) // 2}H", whole))
            total = (total >> 16) + (total & 0xFFFF)
            return head[:16] + struct.pack("!H", ~(total + (total >> 16)) & 0xFFFF) + head[18:]

        for number in range(60):
            here = f"127.0.1.{number + 1}"
            with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
                raw.bind((here, 0))
                raw.sendto(beginning(here), ("127.0.0.1", 0))
        found = observations("tcp_loss")["half-open connections"]
        print(json.dumps([judged(found), found.evidence]))
    """)

    assert severity == "warning"
    assert evidence["cookies"] + evidence["dropped"] >= 10


def test_what_is_usual_nobody_knows_beforehand(minute: Callable[[Counted], None]) -> None:
    minute(replace(NOW, sent_again=30_000, refused=6_000))

    assert {name: judged(each) for name, each in observations("tcp_loss").items()} == {
        "half-open connections": None,
        "retransmissions": None,
        "resets": None,
    }


def test_who_knows_it_gives_bounds(minute: Callable[[Counted], None]) -> None:
    minute(replace(NOW, sent_again=6_000, refused=6_000))

    found = observations("tcp_loss", {"retransmissions": "5%", "resets": 50})

    assert found["retransmissions"].value == 10
    assert judged(found["retransmissions"]) is Severity.WARNING
    assert found["resets"].value == 101
    assert judged(found["resets"]) is Severity.WARNING


def test_a_few_segments_have_no_meaningful_percentage(minute: Callable[[Counted], None]) -> None:
    minute(replace(NOW, sent=100, sent_again=50))

    assert judged(observations("tcp_loss", {"retransmissions": "5%"})["retransmissions"]) is None

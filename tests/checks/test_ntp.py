from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.host import ntp
from tests.checks.looking import judged, observe
from tests.real.network import alone
from tests.real.packages import program

PACKET = struct.Struct("!BBbb11I")


def test_a_real_time_server_answers_and_is_right(tmp_path: Path) -> None:
    """One that is told to believe the clock of this host, and not to touch it."""
    program("chronyd", "chrony")
    (tmp_path / "chrony.conf").write_text(f"local stratum 3\nallow 127.0.0.1\ncmdport 0\npidfile {tmp_path}/pid\n")
    severity, apart, evidence = alone(f"""
        argv = ["chronyd", "-x", "-d", "-u", "root", "-f", "{tmp_path}/chrony.conf"]
        server = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                found = observations("ntp", {{"timeout": "1s"}})["127.0.0.1"]
                if found.value is not None:
                    break
                time.sleep(0.1)
        finally:
            server.terminate()
            server.wait()
        print(json.dumps([judged(found), found.value, found.evidence]))
    """)

    assert severity is None
    assert apart < 0.1
    assert evidence["stratum"] == 3


@contextmanager
def answering(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """A time server that says what the test wants; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def one() -> None:
            question, whom = server.recvfrom(1000)
            server.sendto(b"no answer at all", whom)
            server.sendto(answer(question), whom)

        thread = threading.Thread(target=one)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def told(ahead_s: float = 0.0, leap: int = 0, stratum: int = 2) -> Callable[[bytes], bytes]:
    def answer(question: bytes) -> bytes:
        now = ntp._stamp(time.time() + ahead_s)
        return PACKET.pack(
            leap << 6 | 4 << 3 | 4, stratum, 6, -20, *[0] * 5, *struct.unpack("!2I", question[40:48]), *now, *now
        )

    return answer


@pytest.mark.parametrize(("ahead_s", "severity"), [(0.1, None), (2.0, Severity.WARNING), (-3600.0, Severity.CRITICAL)])
def test_clocks_that_are_apart_are_told(ahead_s: float, severity: Severity | None) -> None:
    with answering(told(ahead_s)) as port:
        began = time.monotonic()
        found = observe("ntp", {"port": port})
        took_s = time.monotonic() - began

    assert found.value == pytest.approx(abs(ahead_s), abs=took_s)
    assert judged(found) is severity


@pytest.mark.parametrize(("leap", "stratum"), [(3, 2), (0, 16), (0, 0)])
def test_a_server_that_does_not_know_the_time_itself_is_a_warning(leap: int, stratum: int) -> None:
    with answering(told(leap=leap, stratum=stratum)) as port:
        found = observe("ntp", {"port": port})

    assert judged(found) is Severity.WARNING
    assert "does not know the time" in found.summary


def test_a_server_that_does_not_answer_is_a_warning() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        found = observe("ntp", {"port": deaf.getsockname()[1], "timeout": "100ms"})

    assert judged(found) is Severity.WARNING
    assert "no answer within 0.1 s" in found.summary


def test_the_protocols_era_that_begins_in_2036_is_read_right() -> None:
    later = 2_300_000_000.0

    assert ntp._near(*ntp._stamp(later), later + 5) == pytest.approx(later, abs=0.001)

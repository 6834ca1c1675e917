from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from probed.errors import NotHere
from probed.host import clock, kernel_clock
from probed.host.clock import ClockState
from tests.conftest import require
from tests.host.scripted import Scripted, booted
from tests.real.packages import program
from tests.real.servers import free_port

TRACKING = "7F000001,127.0.0.1,2,1763632800.1,{offset},-0.1,0.2,-3.1,0.0,0.1,0.0001,0.0002,1.0,{leap}\n"


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """Without any program but its own."""
    scripted = booted(tmp_path, monkeypatch)
    monkeypatch.setattr(clock, "TIMESYNCD", tmp_path / "never")
    monkeypatch.setattr(kernel_clock, "read_clock", lambda: (False, 16.0))
    for name in ("sh", "cat", "sleep"):
        (scripted.folder / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(scripted.folder))
    return scripted


@pytest.mark.parametrize("offset", ["1.25", "-1.25"])
def test_chronyd_tells_how_far_off_the_clock_is(host: Scripted, offset: str) -> None:
    host.answer("chronyc", TRACKING.format(offset=offset, leap="Normal"))

    assert clock.state() == ClockState("chronyd", True, 1.25, 1763632800.1, 0.00025)


def test_chronyd_that_has_found_no_time_tells_no_offset(host: Scripted) -> None:
    host.answer("chronyc", TRACKING.format(offset="0.0", leap="Not synchronised"))

    assert clock.state() == ClockState("chronyd", False, None)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("leap=00, offset=-41.5\n", ClockState("ntpd", True, 0.0415)),
        (
            "leap=00, offset=1.5,\nreftime=ecc96520.40000000 2025-11-20T10:00:00.250Z, rootdelay=0.4,\nrootdisp=12.3\n",
            ClockState("ntpd", True, 0.0015, 1763632800.0, 0.0125),
        ),
        ("associd=0 status=c016 leap_alarm, sync_unspec,\nleap=11, offset=0.000\n", ClockState("ntpd", False, None)),
    ],
)
def test_ntpd_tells_milliseconds(host: Scripted, said: str, state: ClockState) -> None:
    """In the form of ntpsec 1.2, which Debian has as ntpd."""
    host.answer("ntpq", said)

    assert clock.state() == state


def test_an_ntpd_that_does_not_answer_is_passed_over(host: Scripted) -> None:
    host.answer("ntpq", stderr="ntpq: read: Connection refused\n", exit_code=1)
    host.answer("timedatectl", "NTP=yes\nNTPSynchronized=yes\n")

    assert clock.state() == ClockState("systemd", True, None)


@pytest.mark.parametrize(("said", "is_synchronised"), [("yes", True), ("no", False)])
def test_without_chronyd_systemd_tells(host: Scripted, said: str, is_synchronised: bool) -> None:
    host.answer("chronyc", "506 Cannot talk to daemon\n", exit_code=1)
    host.answer("timedatectl", f"NTP=yes\nNTPSynchronized={said}\n")

    assert clock.state() == ClockState("systemd", is_synchronised, None, None)


def test_timesyncd_leaves_a_trace_of_when_it_heard_a_server(host: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    host.answer("timedatectl", "NTP=yes\nNTPSynchronized=no\n")
    trace = host.folder / "synchronized"
    monkeypatch.setattr(clock, "TIMESYNCD", trace)
    trace.touch()
    os.utime(trace, (1763632800, 1763632800))

    assert clock.state() == ClockState("systemd", False, None, 1763632800.0)


def test_without_a_trace_the_kernels_growing_error_tells_when(host: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    host.answer("timedatectl", "NTP=yes\nNTPSynchronized=yes\n")
    monkeypatch.setattr(kernel_clock, "read_clock", lambda: (True, 1.8))

    assert clock.state().heard_at == pytest.approx(time.time() - 3600, abs=5)


def test_where_nobody_keeps_the_time_it_is_said_with_the_remedy(host: Scripted) -> None:
    host.answer("timedatectl", "NTP=no\nNTPSynchronized=no\n")

    with pytest.raises(NotHere, match="a time service") as missing:
        clock.state()
    assert "install chrony" in missing.value.remedy


# --- the real chronyd -----------------------------------------------------------------------------------------------

SERVER = "local stratum 1\nport {port}\nallow 127.0.0.1\ncmdport 0\nbindcmdaddress /\npidfile {folder}/server.pid\n"
KEEPER = "port 0\ncmdport 0\nbindcmdaddress {folder}/keeper.sock\npidfile {folder}/keeper.pid\n"
PORT = free_port()
ASKS = "server 127.0.0.1 port {port} iburst minpoll -4 maxpoll -4\n"


@contextmanager
def chronyd(folder: Path, name: str, settings: str) -> Iterator[None]:
    """It only looks at the clock (-x), which is everybody's."""
    (folder / name).write_text(settings.format(folder=folder, port=PORT))
    argv = [program("chronyd", "chrony"), "-x", "-d", "-u", "root", "-f", str(folder / name)]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def told(*, is_synchronised: bool, within_s: float = 120.0) -> ClockState:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        with suppress(NotHere):
            if (now := clock.state()).is_synchronised is is_synchronised:
                return now
        time.sleep(0.1)
    raise AssertionError("the keeper does not say so")


def test_a_real_chronyd_tells_when_it_heard_its_server_also_when_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require("root, to start chronyd", present=os.geteuid() == 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chronyc = program("chronyc", "chrony")
        (folder / "chronyc").write_text(f'#!/bin/sh\nexec {chronyc} -h {folder}/keeper.sock "$@"\n')
        (folder / "chronyc").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        with chronyd(folder, "keeper", KEEPER + ASKS):
            with chronyd(folder, "server", SERVER):
                seen = told(is_synchronised=True)
            alone, later = clock.state(), clock.state()
        with chronyd(folder, "keeper", KEEPER):
            never = told(is_synchronised=False)

    assert seen.by == "chronyd"
    assert seen.offset_s is not None
    assert seen.offset_s < 0.1
    assert seen.heard_at == pytest.approx(time.time(), abs=60)
    assert alone.is_synchronised
    assert alone.heard_at == later.heard_at
    assert alone.error_bound_s is not None
    assert 0 < alone.error_bound_s < 30  # chronyd counts how late its own questions were answered
    assert never == ClockState("chronyd", False, None)

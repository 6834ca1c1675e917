from __future__ import annotations

from pathlib import Path

import pytest

from probed.errors import NotHere
from probed.host import clock
from probed.host.clock import ClockState
from tests.host.scripted import Scripted, booted

TRACKING = "7F000001,127.0.0.1,2,1763632800.1,{offset},-0.1,0.2,-3.1,0.0,0.1,0.0001,0.0002,1.0,{leap}\n"


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scripted:
    """Without any program but its own."""
    scripted = booted(tmp_path, monkeypatch)
    for name in ("sh", "cat", "sleep"):
        (scripted.folder / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(scripted.folder))
    return scripted


@pytest.mark.parametrize("offset", ["1.25", "-1.25"])
def test_chronyd_tells_how_far_off_the_clock_is(host: Scripted, offset: str) -> None:
    host.answer("chronyc", TRACKING.format(offset=offset, leap="Normal"))

    assert clock.state() == ClockState("chronyd", True, 1.25)


def test_chronyd_that_has_found_no_time_tells_no_offset(host: Scripted) -> None:
    host.answer("chronyc", TRACKING.format(offset="0.0", leap="Not synchronised"))

    assert clock.state() == ClockState("chronyd", False, None)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("leap=00, offset=-41.5\n", ClockState("ntpd", True, 0.0415)),
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

    assert clock.state() == ClockState("systemd", is_synchronised, None)


def test_where_nobody_keeps_the_time_it_is_said_with_the_remedy(host: Scripted) -> None:
    host.answer("timedatectl", "NTP=no\nNTPSynchronized=no\n")

    with pytest.raises(NotHere, match="a time service") as missing:
        clock.state()
    assert "install chrony" in missing.value.remedy

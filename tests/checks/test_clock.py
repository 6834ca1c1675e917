from __future__ import annotations

import time
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.errors import NotHere
from probed.host import clock, interfaces, kernel_clock, proc
from probed.host.clock import ClockState
from tests.checks.looking import judged, observe

HOUR, DAY = 3600.0, 86400.0
WARNING = Severity.WARNING


class Clock:
    """Of a host with a default route that has run for a month, and whose clock nobody keeps from outside."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now: ClockState | None = None
        self.up_s, self.route, self.outside = 30 * DAY, frozenset({"eth0"}), ""
        monkeypatch.setattr(clock, "state", self._state)
        monkeypatch.setattr(proc, "uptime_s", lambda: self.up_s)
        monkeypatch.setattr(interfaces, "of_default_route", lambda: self.route)
        monkeypatch.setattr(kernel_clock, "kept_outside", lambda: self.outside)

    def _state(self) -> ClockState:
        if not self.now:
            raise NotHere("a time service")
        return self.now

    def look(self, now: ClockState | None, **params: object) -> Observation:
        self.now = now
        return observe("clock", params)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def unheard(by: str, for_s: float, error_bound_s: float | None = None) -> ClockState:
    """As each keeper tells it: chronyd goes on to say how little it believes to be off."""
    offset_s = 0.0 if by == "chronyd" else None
    return ClockState(by, by == "chronyd", offset_s, time.time() - for_s, error_bound_s)


@pytest.mark.parametrize(
    ("now", "severity", "summary"),
    [
        (ClockState("chronyd", True, 0.002), None, "the clock is 0.002 s off"),
        (ClockState("chronyd", True, 0.7), WARNING, "the clock is 0.700 s off"),
        (ClockState("chronyd", True, 45.0), Severity.CRITICAL, "the clock is 45.000 s off"),
        (ClockState("chronyd", False, None), None, "chronyd has not heard a source of the right time yet"),
        (ClockState("systemd", True, None), None, "systemd keeps the time"),
    ],
)
def test_a_clock_is_judged_by_whoever_keeps_the_time(
    host: Clock, now: ClockState, severity: Severity | None, summary: str
) -> None:
    host.up_s = HOUR

    seen = host.look(now)

    assert (seen.object, seen.summary, judged(seen)) == ("clock", summary, severity)
    assert seen.threshold
    assert seen.threshold.for_s == 600


def test_a_laptop_that_is_offline_is_healthy_and_one_that_is_back_has_a_day(host: Clock) -> None:
    host.route = frozenset()
    assert judged(host.look(unheard("systemd", 5 * DAY))) is None
    assert judged(host.look(unheard("chronyd", 50 * DAY, error_bound_s=4.0))) is None

    host.route = frozenset({"wlan0"})
    assert judged(host.look(unheard("systemd", 20 * HOUR))) is None


def test_a_host_whose_time_servers_do_not_answer_for_days_is_told(host: Clock) -> None:
    seen = host.look(unheard("systemd", 2 * DAY))

    assert judged(seen) is WARNING
    assert seen.summary == "systemd has heard no source of the right time for 48 hours: the clock may be 1.7 s off"
    assert judged(host.look(ClockState("ntpd", False, None))) is WARNING  # never since its start, a month ago
    assert judged(host.look(unheard("systemd", 2 * DAY), unheard_for="7d")) is None


def test_a_keeper_that_is_synchronised_and_does_not_tell_since_when_is_believed(host: Clock) -> None:
    """As systemd's word for another program, where the kernel may not be asked."""
    assert judged(host.look(ClockState("systemd", True, None))) is None
    assert judged(host.look(ClockState("chronyd", True, 0.0))) is None


def test_what_the_keeper_knows_of_its_own_error_counts_more_than_a_rule_of_thumb(host: Clock) -> None:
    assert judged(host.look(unheard("chronyd", 3 * DAY, error_bound_s=0.2))) is None
    assert judged(host.look(unheard("chronyd", 3 * DAY, error_bound_s=0.6))) is WARNING
    assert judged(host.look(unheard("chronyd", HOUR, error_bound_s=0.6))) is None


def test_a_clock_that_stands_before_the_moment_at_which_it_was_set_is_told_at_once(host: Clock) -> None:
    seen = host.look(unheard("systemd", -7200))

    assert judged(seen) is WARNING
    assert "it stands 7200 s before the moment at which systemd set it last" in seen.summary


@pytest.mark.parametrize("outside", ["the host of this virtual machine", "the host of this container"])
def test_a_clock_that_is_kept_from_outside_is_told_only_for_what_was_measured(host: Clock, outside: str) -> None:
    host.outside = outside

    assert judged(host.look(unheard("systemd", 20 * DAY))) is None
    assert judged(host.look(ClockState("chronyd", True, 45.0))) is Severity.CRITICAL
    nobody = host.look(None)
    assert (nobody.summary, judged(nobody)) == (f"the clock is kept by {outside}", None)


@pytest.mark.parametrize(
    ("source", "ptp", "is_outside"),
    [
        ("tsc", None, False),
        ("kvm-clock", None, True),
        ("hyperv_clocksource_tsc_page", None, True),
        ("tsc", "KVM virtual PTP", True),
        ("tsc", "Intel i210", False),
        (None, None, False),
    ],
)
def test_a_guest_is_known_by_its_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str | None, ptp: str | None, is_outside: bool
) -> None:
    """In a private tree like that of sysfs: this machine has one clock only."""
    monkeypatch.setattr(kernel_clock, "IN_A_CONTAINER", (tmp_path / "dockerenv",))
    monkeypatch.setattr(kernel_clock, "CLOCKSOURCE", tmp_path / "source")
    monkeypatch.setattr(kernel_clock, "PTP", tmp_path / "ptp")
    for name, text in (("source", source), ("ptp/ptp0/clock_name", ptp)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if text:
            (tmp_path / name).write_text(f"{text}\n")

    assert bool(kernel_clock.kept_outside()) is is_outside
    (tmp_path / "dockerenv").touch()
    assert kernel_clock.kept_outside() == "the host of this container"

"""Units and timers of a booted Debian machine, judged by what its own systemd says."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Observation
from probed.host import timers
from tests.actions.on_machine import UnitMachine, unit_machine
from tests.checks.looking import REGISTRY, judged, observations, observe

pytestmark = pytest.mark.systemd

SLEEPS = "ExecStart=/bin/sleep infinity"
ONCE = "Type=oneshot\nExecStart=/bin/true"
YEARLY = {"Timer": "OnCalendar=*-01-01 05:00:00", "Install": "WantedBy=timers.target"}


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnitMachine]:
    with unit_machine(tmp_path_factory.mktemp("machine")) as host:
        yield host


@pytest.fixture
def host(booted: UnitMachine, monkeypatch: pytest.MonkeyPatch) -> UnitMachine:
    booted.stands_in(monkeypatch)
    return booted


@pytest.mark.usefixtures("host")
def test_a_fresh_debian_machine_has_nothing_to_tell() -> None:
    units, waiting = observations("systemd_unit"), observations("systemd_timer")

    assert {judged(each) for each in (*units.values(), *waiting.values())} == {None}
    assert "systemd-tmpfiles-clean.timer" in waiting


def test_a_service_that_crashes_now_and_then_is_told_though_it_runs_at_each_look(host: UnitMachine) -> None:
    unit = host.add("crashes", "ExecStart=/bin/sleep 0.4\nRestart=always\nRestartSec=0", Unit="StartLimitBurst=0")
    check = REGISTRY.bind(CheckCall("systemd_unit", {"restarts": 2}))
    _, known = check.look_since({})
    host.start(unit)
    host.until(lambda: int(host.read(unit, "NRestarts")) >= 3, "it is not restarted")

    answer, _ = check.look_since(known)

    told = {item.object: item for item in answer if isinstance(item, Observation)}
    assert judged(told[unit]) is Severity.WARNING
    assert "again" in told[unit].summary
    host.clear(unit)


@pytest.mark.parametrize(
    ("command", "severity"),
    [("kill $(systemctl show --property=MainPID --value {unit})", Severity.CRITICAL), ("systemctl stop {unit}", None)],
)
def test_a_named_service_that_ends_though_systemd_did_not_stop_it_is_told(
    host: UnitMachine, command: str, severity: Severity | None
) -> None:
    unit = host.add("ends", SLEEPS, Install="WantedBy=multi-user.target")
    host.run(f"systemctl enable --now {unit}")

    host.run(command.format(unit=unit))
    host.await_state(unit, "inactive")

    assert judged(observe("systemd_unit", {"units": unit, "journal": 0})) is severity
    host.clear(unit)


def test_a_start_limit_that_was_hit_is_told_with_what_systemd_tried(host: UnitMachine) -> None:
    unit = host.add("limited", "ExecStart=/bin/false\nRestart=on-failure\nRestartSec=50ms", Unit="StartLimitBurst=3")
    host.start(unit)
    host.await_state(unit, "failed")

    observation = observe("systemd_unit", {"units": unit, "journal": 0})

    assert judged(observation) is Severity.CRITICAL
    assert "systemd gave up after 3 restarts" in observation.summary
    host.clear(unit)


def test_a_timer_that_waits_is_healthy_and_one_that_is_stopped_is_not_where_it_is_named(host: UnitMachine) -> None:
    names = host.add("tidy", ONCE), host.add("tidy.timer", **YEARLY)
    host.run("systemctl enable --now tidy.timer")

    waiting = observe("systemd_timer", {"timers": "tidy"})
    host.run("systemctl stop tidy.timer")
    stopped = observe("systemd_timer", {"timers": "tidy"})
    by_itself = observations("systemd_timer")["tidy.timer"]

    assert judged(waiting) is None
    assert waiting.evidence["next_start_in_s"]
    assert judged(stopped) is Severity.CRITICAL
    assert judged(by_itself) is None
    host.clear(*names)


def test_a_timer_that_is_enabled_and_was_never_started_is_told_without_being_named(host: UnitMachine) -> None:
    names = host.add("forgotten", ONCE), host.add("forgotten.timer", **YEARLY)
    host.run("systemctl enable forgotten.timer")

    observation = observations("systemd_timer")["forgotten.timer"]

    assert judged(observation) is Severity.WARNING
    assert "was not started since boot" in observation.summary
    assert observation.boot_grace
    host.clear(*names)


def test_a_timer_whose_service_hangs_is_overdue(host: UnitMachine) -> None:
    names = host.add("hangs", f"Type=oneshot\n{SLEEPS}"), host.add("hangs.timer", Timer="OnCalendar=*-*-* *:*:*")
    host.run("systemctl start hangs.timer")
    host.await_state("hangs.service", "activating")

    host.until(
        lambda: judged(observe("systemd_timer", {"timers": "hangs", "grace": "1s"})) is not None, "it is not overdue"
    )
    observation = observe("systemd_timer", {"timers": "hangs", "grace": "1s"})

    assert "hangs.service still runs" in observation.summary
    assert judged(observations("systemd_timer")["hangs.timer"]) is None, "it is no more overdue than the grace"
    host.clear(*names)


def test_a_timer_whose_service_failed_is_told_where_it_is_named(host: UnitMachine) -> None:
    names = host.add("fails", "Type=oneshot\nExecStart=/bin/false"), host.add("fails.timer", **YEARLY)
    host.run("systemctl start fails.timer; systemctl start fails.service || true")

    named, by_itself = observe("systemd_timer", {"timers": "fails"}), observations("systemd_timer")["fails.timer"]

    assert judged(named) is Severity.CRITICAL
    assert "fails.service, which failed (exit-code)" in named.summary
    assert judged(by_itself) is None
    host.clear(*names)


@pytest.mark.usefixtures("host")
def test_a_timer_that_systemd_does_not_know_is_a_warning() -> None:
    assert judged(observe("systemd_timer", {"timers": "nope"})) is Severity.WARNING


@pytest.mark.usefixtures("host")
def test_the_next_time_of_a_calendar_is_systemds_own() -> None:
    at = time.mktime((2026, 3, 1, 12, 0, 0, 0, 0, -1))

    assert timers.next_after("*-*-* 13:00:00", at) == at + 3600
    assert timers.next_after("2001-01-01", at) is None
    assert timers.upcoming("*-*-* 13:00:00", at, 3) == (at + 3600, at + 3600 + 86400, at + 3600 + 2 * 86400)

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from probed.checks.systemd_timer import fault_of
from probed.core.observation import Absent
from probed.host import systemd, timers
from probed.host.timers import Timer
from tests.checks.looking import look
from tests.host.scripted import booted

NOW = 1_796_000_000.0
HOUR = 3600.0
WAITING = Timer(
    name="backup.timer",
    unit="backup.service",
    load_state="loaded",
    active_state="active",
    sub_state="waiting",
    unit_file_state="enabled",
    condition_failed=False,
    began_at=NOW - 99 * HOUR,
    triggered_at=NOW - 3 * HOUR,
    next_at=NOW + 21 * HOUR,
    calendars=("*-*-* 02:00:00",),
    is_repeated=False,
)
STOPPED = replace(WAITING, active_state="inactive", sub_state="dead", next_at=0)
SHOWN = """Unit=apt-daily.service
TimersCalendar={ OnCalendar=*-*-* 06,18:00:00 ; next_elapse=Tue 2026-12-01 18:00:00 UTC }
TimersCalendar={ OnCalendar=Mon *-*-* ; next_elapse=Mon 2026-12-07 00:00:00 UTC }
NextElapseUSecRealtime=Tue 2026-12-01 23:35:21 UTC
LastTriggerUSec=
Id=apt-daily.timer
LoadState=loaded
ActiveState=active
SubState=waiting
UnitFileState=enabled
InactiveExitTimestamp=Tue 2026-12-01 06:00:00 UTC
ConditionResult=yes

Unit=tidy.service
TimersMonotonic={ OnUnitActiveUSec=1d ; next_elapse=0 }
Id=tidy.timer
LoadState=loaded
ActiveState=active
SubState=elapsed
"""
"""As systemd 252 prints it."""


@pytest.mark.parametrize(
    ("timer", "named", "automatic"),
    [
        (WAITING, "", ""),
        (replace(WAITING, next_at=NOW - 60), "", ""),
        (replace(WAITING, next_at=NOW - HOUR), "2.0h overdue", "2.0h overdue"),
        (replace(WAITING, calendars=(), next_at=0), "", ""),
        (replace(WAITING, sub_state="running", next_at=0), "2.0h overdue", "2.0h overdue"),
        (replace(WAITING, sub_state="elapsed"), "", ""),
        (replace(WAITING, sub_state="elapsed", is_repeated=True), "knows no next time", "knows no next time"),
        (STOPPED, "is stopped", ""),
        (replace(STOPPED, began_at=0), "not started since boot", "not started since boot"),
        (replace(STOPPED, began_at=0, condition_failed=True), "", ""),
        (replace(STOPPED, began_at=0, load_state="masked", unit_file_state="masked"), "", ""),
        (replace(STOPPED, began_at=0, unit_file_state="disabled"), "is stopped", ""),
        (replace(STOPPED, load_state="bad-setting"), "cannot be loaded", "cannot be loaded"),
        (replace(STOPPED, active_state="failed"), "has failed", "has failed"),
        (replace(STOPPED, load_state="not-found"), "not known", ""),
    ],
)
def test_every_state_has_its_word(monkeypatch: pytest.MonkeyPatch, timer: Timer, named: str, automatic: str) -> None:
    monkeypatch.setattr(timers, "next_after", lambda calendar, moment: moment + HOUR)

    for expected, is_named in ((named, True), (automatic, False)):
        fault = fault_of(timer, None, is_named=is_named, now=NOW, grace_s=600)
        assert expected in fault
        assert bool(expected) == bool(fault)


def test_what_systemd_prints_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    booted(tmp_path, monkeypatch).answer("systemctl", SHOWN)

    daily, tidy = timers.timers(["*.timer"])

    assert daily.calendars == ("*-*-* 06,18:00:00", "Mon *-*-*")
    assert daily.next_at == 1_796_168_121
    assert (daily.triggered_at, daily.is_repeated) == (0, False)
    assert (tidy.sub_state, tidy.is_repeated) == ("elapsed", True)


def test_a_host_without_systemd_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(systemd, "BOOTED", str(tmp_path / "nothing"))

    assert look("systemd_timer") == (Absent("systemd"),)

"""systemd's timers: when they were due, and the services that they start."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from probed.errors import HostFailed
from probed.host.command import run_command
from probed.host.systemd import blocks, systemctl

PROPERTIES = (
    "Id",
    "Unit",
    "LoadState",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "ConditionResult",
    "ConditionTimestamp",
    "InactiveExitTimestamp",
    "LastTriggerUSec",
    "NextElapseUSecRealtime",
    "TimersCalendar",
    "TimersMonotonic",
)
CALENDAR = re.compile(r"OnCalendar=(.*?) ; next_elapse=")
IN_UTC = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? UTC")
REPEATED = ("OnUnitActive", "OnUnitInactive")


@dataclass(frozen=True, slots=True)
class Timer:
    name: str
    unit: str
    """What it starts."""
    load_state: str
    active_state: str
    sub_state: str
    """`waiting`; `running` while what it has started runs; `elapsed` where no next time is known; `failed`, `dead`."""
    unit_file_state: str
    condition_failed: bool
    began_at: float
    """When it was last started, in seconds since the epoch; 0 where it was not since boot."""
    triggered_at: float
    """When it last started its unit; 0 where it never did."""
    next_at: float
    """By the calendar; 0 where the calendar says nothing."""
    calendars: tuple[str, ...]
    is_repeated: bool
    """It also counts from the last time that its unit ran."""


def timers(patterns: Sequence[str], *, deadline_s: float = 5.0) -> tuple[Timer, ...]:
    """Those that are loaded and fit one of the patterns, and those of exactly this name, loaded or not. Raises NotHere,
    HostFailed."""
    asked = systemctl(
        "show",
        f"--property={','.join(PROPERTIES)}",
        "--",
        *patterns,
        deadline_s=deadline_s,
    )
    found = (_timer(next(iter(blocks(text)), {}), text) for text in asked.stdout.split("\n\n") if text.strip())
    return tuple(each for each in found if each.name.endswith(".timer"))


def enabled(*, deadline_s: float = 5.0) -> tuple[str, ...]:
    """The names of the timers that are started at boot. Raises NotHere, HostFailed."""
    asked = systemctl(
        "list-unit-files", "--type=timer", "--state=enabled", "--no-legend", "--plain", deadline_s=deadline_s
    )
    names = [line.split()[0] for line in asked.stdout.splitlines() if line.strip()]
    return tuple(name for name in names if "@." not in name)


def next_after(calendar: str, moment: float, *, deadline_s: float = 5.0) -> float | None:
    """When the calendar's expression is due next after that moment; None where it never is. Raises HostFailed."""
    return next(iter(upcoming(calendar, moment, 1, deadline_s=deadline_s)), None)


def upcoming(calendar: str, moment: float, count: int, *, deadline_s: float = 5.0) -> tuple[float, ...]:
    """When it is due after that moment, so many times at most. Raises HostFailed."""
    argv = ["systemd-analyze", "calendar", f"--base-time=@{int(moment)}", f"--iterations={count}", calendar]
    try:
        asked = run_command(argv, deadline_s=deadline_s, env={"LC_ALL": "C"})
    except OSError as error:
        raise HostFailed(f"systemd-analyze cannot be started: {error.strerror}") from error
    if asked.exit_code:
        raise HostFailed(f"systemd-analyze calendar {calendar!r}: {asked.stderr.strip()[:200] or 'no answer'}")
    return _moments(asked.stdout)[-count:]


def _moments(text: str) -> tuple[float, ...]:
    """Those in UTC that the text names, in seconds since the epoch."""
    return tuple(datetime.fromisoformat(f"{found}+00:00").timestamp() for found in IN_UTC.findall(text))


def _timer(facts: Mapping[str, str], text: str) -> Timer:
    def moment(name: str) -> float:
        return next(iter(_moments(facts.get(name, ""))), 0.0)

    return Timer(
        name=facts.get("Id", ""),
        unit=facts.get("Unit", ""),
        load_state=facts.get("LoadState", ""),
        active_state=facts.get("ActiveState", ""),
        sub_state=facts.get("SubState", ""),
        unit_file_state=facts.get("UnitFileState", ""),
        condition_failed=facts.get("ConditionResult") == "no" and moment("ConditionTimestamp") > 0,
        began_at=moment("InactiveExitTimestamp"),
        triggered_at=moment("LastTriggerUSec"),
        next_at=moment("NextElapseUSecRealtime"),
        calendars=tuple(CALENDAR.findall(text)),
        is_repeated=any(each in text for each in REPEATED),
    )

"""systemd timers that have not done what they should: not started since boot, overdue, held up, or in vain.

Parameters: `timers` (auto, or names and shell patterns; a name without a suffix is a timer), `exclude` (patterns),
`grace` (10m; how late a timer may be, beside what its own accuracy allows), `for` (0s).

`auto`: every timer that is loaded or enabled; what is wrong with one is a warning. A timer that is named must be
waiting for its next time, and its service must have ended well: else that is critical; one that systemd does not know
is a warning. Overdue means that the calendar (`OnCalendar`) has had a time since the last start of its service, and
that the service was not started again; mostly because the run before has not ended, which the summary says. What
somebody stopped is no fault under `auto`, and of a failed service `systemd_unit` tells there. No action fits by itself;
`start_unit` for the service makes up for a run, where the document allows it.

Example:
  - systemd_timer: {timers: [auto, backup], grace: 15m}
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.checks.parameters import For, lasting
from probed.config.values import Duration, Names
from probed.core.finding import Severity
from probed.core.inspection import age_text
from probed.core.observation import CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import systemd, timers
from probed.host.systemd import Unit
from probed.host.timers import Timer

AUTO = "auto"
EVERY = "*.timer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    timers: Annotated[tuple[str, ...], Names] = (AUTO,)
    exclude: Annotated[tuple[str, ...], Names] = ()
    grace_s: Annotated[float, Duration, Field(alias="grace")] = 600.0
    for_s: For = 0.0


def look(params: Params) -> CheckAnswer:
    systemd.require()
    named = [_full_name(name) for name in params.timers if name != AUTO]
    everything = [EVERY, *timers.enabled()] if AUTO in params.timers else []
    found = {each.name: each for each in timers.timers([*named, *everything])}
    chosen = [each for each in found.values() if not fits_any(each.name, params.exclude)]
    units = _units(chosen)
    answer = [_observation(each, units.get(each.unit), named, params) for each in chosen]
    return tuple(answer) or (Observation("timers", "there are no timers"),)


def _full_name(name: str) -> str:
    return name if name.endswith(".timer") else f"{name}.timer"


def _units(of: Sequence[Timer]) -> Mapping[str, Unit]:
    names = list(dict.fromkeys(each.unit for each in of if each.unit))
    return dict(zip(names, systemd.show(names), strict=True))


def fault_of(timer: Timer, unit: Unit | None, *, is_named: bool, now: float, grace_s: float) -> str:
    """What is wrong with the timer; empty: nothing."""
    if timer.load_state == "not-found":
        return "is not known to systemd" if is_named else ""
    if timer.load_state in ("error", "bad-setting"):
        return f"cannot be loaded ({timer.load_state})"
    if timer.active_state == "failed":
        return "has failed"
    if timer.active_state == "inactive":
        return _stopped(timer, is_named=is_named)
    if is_named and unit and unit.active_state == "failed":
        return f"has started {timer.unit}, which failed ({unit.result})"
    if timer.sub_state == "elapsed" and timer.is_repeated:
        return f"knows no next time: {timer.unit} was not started"
    return _overdue(timer, unit, now, grace_s)


def _stopped(timer: Timer, *, is_named: bool) -> str:
    if timer.condition_failed or timer.load_state == "masked":
        return ""
    if timer.unit_file_state in systemd.STARTED_AT_BOOT and not timer.began_at:
        return "is enabled, but was not started since boot"
    return "is stopped and will start nothing" if is_named else ""


def _overdue(timer: Timer, unit: Unit | None, now: float, grace_s: float) -> str:
    """A timer that waits has its next time before it: systemd's own word is enough, but for one that is held up."""
    if timer.sub_state == "waiting" and (not timer.next_at or timer.next_at + grace_s >= now):
        return ""
    since = max(timer.triggered_at, timer.began_at)
    if timer.sub_state not in ("waiting", "running") or not since or now - since < grace_s:
        return ""
    due = min((at for each in timer.calendars if (at := timers.next_after(each, since))), default=None)
    if due is None or due + grace_s >= now:
        return ""
    why = f": {timer.unit} still runs" if unit and unit.active_state in ("active", "activating") else ""
    return f"is {age_text(now - due)} overdue{why}"


def _observation(timer: Timer, unit: Unit | None, named: Sequence[str], params: Params) -> Observation:
    is_named, now = fits_any(timer.name, named), time.time()
    fault = fault_of(timer, unit, is_named=is_named, now=now, grace_s=params.grace_s)
    is_serious = is_named and timer.load_state != "not-found"
    evidence: dict[str, object] = {
        "state": timer.sub_state or timer.load_state,
        "unit": timer.unit,
        "unit_state": unit.active_state if unit else None,
        "unit_result": unit.result if unit else None,
        "last_start_s_ago": round(now - timer.triggered_at) if timer.triggered_at else None,
        "next_start_in_s": round(timer.next_at - now) if timer.next_at else None,
        "calendars": list(timer.calendars),
    }
    return Observation(
        timer.name,
        f"{timer.name} {fault or 'is ' + (timer.sub_state or timer.active_state)}",
        threshold=lasting(params.for_s),
        severity=(Severity.CRITICAL if is_serious else Severity.WARNING) if fault else None,
        evidence=evidence,
        boot_grace=True,
    )

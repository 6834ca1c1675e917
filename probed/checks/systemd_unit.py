"""systemd units that have failed, or that do not run though they should.

Parameters: `units` (auto, or names and shell patterns; a name without a suffix is a service), `exclude` (patterns),
`restarts` (5; how often systemd may have started a unit again by itself `within` 15m; `off`), `for` (0s), `journal` (5;
lines of the journal in the evidence).

`auto`: every failed unit, and every one that systemd starts again and again, is a warning. So is one that runs at the
moment, but was started again `restarts` times lately; consoles, which are started again after each login, do not count.
A unit that is named must be active; failed, restarting or enabled and never started since boot is critical, and so is
an enabled service that has ended by itself, however well (exit code 0, SIGTERM of somebody else's); one that systemd
does not know is a warning. A stop by systemd, for a person, a package or another unit, is no fault, nor is a disabled
or masked unit, one whose start conditions do not hold, and what is meant to come and go (Type=oneshot or dbus, or with
a timer, socket or path of its own). Under `auto` whatever ended well counts as stopped. A finding proposes
`restart_unit`. Its evidence has systemd's result, the exit code or signal, and the newest lines of the journal as far
as they may be read. Where systemd gave up because of the unit's start limit, the summary says so: it stays down until
somebody starts it.

Example:
  - systemd_unit: {units: [auto, ssh], restarts: 3, overrides: [{objects: "backup-*", for: 10m}]}
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.checks.parameters import For, NumberBound, lasting
from probed.checks.restart_rate import Restarts
from probed.config.values import Duration, Names
from probed.core.finding import ActionCall, Severity
from probed.core.host_event import ANY, Concern, EventSource
from probed.core.inspection import duration_text
from probed.core.observation import Absent, CheckAnswer, Memory, Observation
from probed.core.pattern import fits_any, is_pattern
from probed.errors import HostFailed, NotHere
from probed.host import journal, systemd
from probed.host.systemd import Unit

AUTO = "auto"
TROUBLED = ("failed", "auto-restart", "auto-restart-queued")
EVERY = "*.service"
CONSOLES = ("*getty@*.service", "*-getty.service")
LOOP = 2
"""Restarts from which on a service that is being restarted counts as one that does not come up."""
TERMINATED = 143
KILLED = 2
"""As `exec_main_code` has it."""
COMES_AND_GOES = ("oneshot", "dbus")
JOURNAL_DEADLINE_S = 0.5
"""For the lines of all units together: the finding waits for them. What ended last comes first."""
SETTLED_S = 3.0
MAX_REMEMBERED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    units: Annotated[tuple[str, ...], Names] = (AUTO,)
    exclude: Annotated[tuple[str, ...], Names] = ()
    restarts: NumberBound = 5
    within_s: Annotated[float, Duration, Field(alias="within", gt=0)] = 900.0
    for_s: For = 0.0
    journal: Annotated[int, Field(ge=0, le=50)] = 5


def concerns(params: Params) -> Sequence[Concern]:
    units = tuple(ANY if name == AUTO else systemd.full_name(name) for name in params.units)
    return (Concern(EventSource.SYSTEMD, units, params.exclude),)


@dataclass(frozen=True, slots=True)
class Fault:
    severity: Severity
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    name: str
    """As the document has it; the unit's own may differ where it is an alias."""
    unit: Unit
    fault: Fault | None


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    systemd.require()
    named, is_auto = _named(params.units), AUTO in params.units
    troubled = systemd.list_units(states=TROUBLED) if is_auto else ()
    counts = _counts([EVERY] if is_auto else named) if params.restarts else {}
    restarts = Restarts.remembered(known).since(counts, time.time(), params.within_s)
    restless = [name for name in restarts.moments if params.restarts and restarts.lately(name) >= params.restarts]
    names = [name for name in dict.fromkeys([*named, *troubled, *restless]) if not fits_any(name, params.exclude)]
    judged = []
    for name, unit in zip(names, systemd.show(names), strict=True):
        fault = fault_of(unit, is_named=name in named)
        if not fault and unit.name in restless:
            fault = _restless(restarts.lately(unit.name), params, is_named=name in named)
        judged.append(Judged(name, unit, fault))
    return _answer(judged, params), restarts.memory()


def _counts(patterns: Sequence[str]) -> Mapping[str, int]:
    counts = systemd.restart_counts(patterns) if patterns else {}
    return {name: count for name, count in counts.items() if not fits_any(name, CONSOLES)}


def _restless(times: int, params: Params, *, is_named: bool) -> Fault:
    serious = Severity.CRITICAL if is_named else Severity.WARNING
    return Fault(serious, f"was started again {times} times within {duration_text(params.within_s)}")


def _answer(judged: Sequence[Judged], params: Params) -> CheckAnswer:
    lines, notes = _journals([each for each in judged if each.fault], params.journal)
    answer = [_observation(each, params, lines.get(each.name, [])) for each in judged]
    if AUTO in params.units and not any(each.fault for each in judged):
        answer.append(Observation("units", "no unit has failed"))
    return *answer, *notes


def fault_of(unit: Unit, *, is_named: bool) -> Fault | None:
    """What is wrong with the unit; None: nothing."""
    serious = Severity.CRITICAL if is_named else Severity.WARNING
    if unit.load_state == "not-found" and unit.active_state == "inactive":
        return Fault(Severity.WARNING, "is not known to systemd") if is_named else None
    if unit.load_state in ("error", "bad-setting"):
        return Fault(serious, f"cannot be loaded ({unit.load_state})")
    if unit.active_state == "failed" and not _ended_on_request(unit):
        return Fault(serious, f"has failed: {_end_of(unit)}{_surrender(unit)}")
    if is_named and unit.ended_by_itself and _should_be_up(unit):
        return Fault(serious, f"has ended by itself: {_end_of(unit)}")
    if unit.sub_state in TROUBLED and unit.result != "success" and unit.restarts >= LOOP:
        return Fault(serious, f"is started again and again, {unit.restarts} times so far: {_end_of(unit)}")
    if is_named and _was_never_started(unit):
        return Fault(serious, "is enabled, but was not started since boot")
    return None


def _ended_on_request(unit: Unit) -> bool:
    """The program caught SIGTERM and said so by its exit code; systemd knows only the bare signal as a clean end."""
    return unit.result == "exit-code" and unit.exec_main_status == TERMINATED


def _was_never_started(unit: Unit) -> bool:
    is_due = unit.type != "oneshot" and not unit.triggered_by and not unit.condition_failed
    return unit.active_state == "inactive" and not unit.started_at_s and _is_enabled(unit) and is_due


def _should_be_up(unit: Unit) -> bool:
    """Though it is not, and is none of those that come and go."""
    is_down = unit.active_state == "inactive" or (unit.active_state == "failed" and _ended_on_request(unit))
    return is_down and unit.type not in COMES_AND_GOES and not unit.triggered_by and _is_enabled(unit)


def _is_enabled(unit: Unit) -> bool:
    return unit.unit_file_state in systemd.STARTED_AT_BOOT and unit.load_state == "loaded"


def _surrender(unit: Unit) -> str:
    """Of a unit that systemd would have started again, had that not been too often already."""
    has_given_up = unit.result == "start-limit-hit" or (unit.restarts and unit.restart not in ("", "no"))
    return f"; systemd gave up after {unit.restarts} restarts" if has_given_up and unit.restarts else ""


def _end_of(unit: Unit) -> str:
    """systemd's result in words: `exit code 1`, `killed by signal 9`, `oom-kill` …"""
    if unit.result == "exit-code":
        return f"exit code {unit.exec_main_status}"
    if unit.result in ("signal", "core-dump"):
        return f"killed by signal {unit.exec_main_status}"
    if unit.result == "start-limit-hit":
        return "it was started too often within a short time (start-limit-hit)"
    if unit.result == "success":
        return f"{'signal' if unit.exec_main_code == KILLED else 'exit code'} {unit.exec_main_status}"
    return unit.result or "for an unknown reason"


def _named(units: Sequence[str]) -> list[str]:
    """The names that are meant, patterns resolved to loaded units."""
    names = [systemd.full_name(name) for name in units if name != AUTO]
    patterns = [name for name in names if is_pattern(name)]
    fitting = systemd.list_units(patterns) if patterns else ()
    return [*(name for name in names if name not in patterns), *fitting]


def _journals(faulty: Sequence[Judged], lines: int) -> tuple[dict[str, list[str]], tuple[Absent, ...]]:
    """The newest messages by unit, and what to say where the journal is hidden; the answer stands without them."""
    found: dict[str, list[str]] = {}
    end = time.monotonic() + JOURNAL_DEADLINE_S
    try:
        for each in sorted(faulty if lines else (), key=lambda each: -each.unit.changed_at_s):
            found[each.name] = _messages(each.unit, lines, max(0.01, end - time.monotonic()))
    except NotHere as hidden:
        return {}, (Absent(hidden.what, hidden.remedy),) if hidden.remedy else ()
    except HostFailed:
        pass
    return found, ()


_said: dict[tuple[str, str, float, int], list[str]] = {}
"""What the journal holds of units that ended a while ago: that is all it will hold of this end."""


def _messages(unit: Unit, lines: int, deadline_s: float) -> list[str]:
    key = (unit.name, unit.invocation_id, unit.changed_at_s, lines)
    if key in _said:
        return _said[key]
    messages = [entry.message for entry in journal.tail(unit.name, lines=lines, deadline_s=deadline_s)]
    if time.monotonic() - unit.changed_at_s > SETTLED_S:
        if len(_said) >= MAX_REMEMBERED:
            _said.clear()
        _said[key] = messages
    return messages


def _observation(judged: Judged, params: Params, lines: Sequence[str]) -> Observation:
    unit, fault = judged.unit, judged.fault
    evidence: dict[str, object] = {
        "active_state": unit.active_state,
        "sub_state": unit.sub_state,
        "result": unit.result,
        "main_pid": unit.main_pid,
        "restarts": unit.restarts,
        "unit_file_state": unit.unit_file_state,
    }
    if not fault:
        state = "stopped" if _ended_on_request(unit) else unit.active_state
        return Observation(judged.name, f"{judged.name} is {state}", evidence=evidence, boot_grace=True)
    evidence |= {"description": unit.description, "load_state": unit.load_state, "exit_status": unit.exec_main_status}
    if lines:
        evidence["journal"] = list(lines)
    return Observation(
        judged.name,
        f"{judged.name} {fault.text}",
        threshold=lasting(params.for_s),
        severity=fault.severity,
        evidence=evidence,
        proposed_action=ActionCall("restart_unit", {"unit": judged.name}) if _can_help(unit) else None,
        boot_grace=True,
    )


def _can_help(unit: Unit) -> bool:
    """A start does nothing for what runs, and there is nothing to start of what systemd cannot load."""
    return unit.load_state == "loaded" and unit.active_state not in ("active", "reloading")

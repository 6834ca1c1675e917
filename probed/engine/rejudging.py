"""What checks saw once, judged by another document: as far as what was recorded allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from probed.core.finding import Finding, Severity, measured_by
from probed.core.inspection import CheckCall, Inspection
from probed.core.observation import Observation
from probed.core.recording import Looked, Recording
from probed.core.threshold import Threshold
from probed.engine.findings import united
from probed.engine.judging import finding_of, severity_of
from probed.engine.looking import CheckResult
from probed.engine.recordings import result_of
from probed.ports import Check, Checks

BOUNDS = frozenset({"warning", "critical", "clear", "for"})
"""Parameters that say how a number is judged, not what is looked at."""


@dataclass(slots=True)
class Rejudged:
    results: list[CheckResult] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Kept:
    """Whose findings are those of then. A document may call a check several times, and change one of the calls."""

    checks: set[str] = field(default_factory=set)
    objects: set[tuple[str, str]] = field(default_factory=set)
    anew: set[tuple[str, str]] = field(default_factory=set)

    def as_then(self, looked: Looked) -> None:
        self.checks.add(looked.check)
        self.objects |= {(looked.check, each.object) for each in looked.observations}

    def judged_anew(self, looked: Looked) -> None:
        self.anew |= {(looked.check, each.object) for each in looked.observations}

    def holds(self, check: str, object_: str) -> bool:
        return check in self.checks and ((check, object_) in self.objects or (check, object_) not in self.anew)


def rejudged(recording: Recording, document: Inspection, checks: Checks) -> Rejudged:
    """What is looked at as before counts as before; where only its bounds are others they are applied to the numbers of
    then; the rest has no answer. Raises ParameterError."""
    found, known = Rejudged(), _by_place(recording)
    before: dict[str, int] = {}
    kept = Kept()
    for call in document.checks:
        place = (call.check, before.get(call.check, 0))
        before[call.check] = place[1] + 1
        _judge(found, recording, known.get(place), call, checks, kept)
    found.findings = united(
        [*found.findings, *(each for each in recording.findings if kept.holds(measured_by(each.check), each.object))]
    )
    return found


def _by_place(recording: Recording) -> Mapping[tuple[str, int], tuple[CheckCall, Looked]]:
    known: dict[tuple[str, int], tuple[CheckCall, Looked]] = {}
    before: dict[str, int] = {}
    for call, looked in zip(recording.inspection.checks, recording.looked, strict=True):
        known[(call.check, before.get(call.check, 0))] = (call, looked)
        before[call.check] = before.get(call.check, 0) + 1
    return known


def _judge(
    found: Rejudged,
    recording: Recording,
    known: tuple[CheckCall, Looked] | None,
    call: CheckCall,
    checks: Checks,
    kept: Kept,
) -> None:
    check = checks.bind(call)
    if known is None:
        return _leave_open(found, call, "it was not looked at then")
    then, looked = known
    if dict(then.params) == dict(call.params):
        found.results.append(result_of(looked))
        kept.as_then(looked)
        return None
    if not _differ_in_bounds(then, call):
        return _leave_open(found, call, "it was looked at with other parameters then")
    kept.judged_anew(looked)
    bounds = _bounds(checks.bind(then)), _bounds(check)
    return _apply(found, recording, looked, *bounds)


def _leave_open(found: Rejudged, call: CheckCall, reason: str) -> None:
    found.results.append(CheckResult(call.check, failure=f"nothing is recorded for it: {reason}"))
    found.notes.append(f"{call.check}: nothing is recorded for it: {reason}")


def _differ_in_bounds(one: CheckCall, other: CheckCall) -> bool:
    names = {*one.params, *other.params}
    return all(name in BOUNDS for name in names if one.params.get(name) != other.params.get(name))


def _bounds(check: Check) -> Threshold | None:
    bounds = getattr(check, "bounds", None)
    return bounds if isinstance(bounds, Threshold) else None


def _apply(
    found: Rejudged, recording: Recording, looked: Looked, then: Threshold | None, now: Threshold | None
) -> None:
    seen = tuple(
        replace(each, threshold=now) if each.threshold is not None and each.threshold == then else each
        for each in looked.observations
    )
    unjudged = [each for each in seen if each.threshold is not None and each.threshold not in (then, now)]
    if unjudged:
        found.notes.append(f"{looked.check}: bounds of {', '.join(each.object for each in unjudged)} are those of then")
    found.results.append(replace(result_of(looked), observations=seen))
    for each in seen:
        _find(found, recording, looked.check, each)


def _find(found: Rejudged, recording: Recording, check: str, seen: Observation) -> None:
    """What has to last counts where it did then; how long it had lasted is not recorded."""
    identity = (check, seen.object)
    active = {(each.check, each.object): each.severity for each in recording.open_before}.get(identity)
    severity = severity_of(seen, active)
    if severity is None:
        return
    if _has_lasted(recording, identity, severity, seen.threshold):
        found.findings.append(finding_of(check, seen, severity))
    else:
        words = f"{check} {seen.object}: it is {severity}, but whether it had lasted long enough is not recorded"
        found.notes.append(words)


def _has_lasted(
    recording: Recording, identity: tuple[str, str], severity: Severity, threshold: Threshold | None
) -> bool:
    if threshold is None or not (threshold.for_s or threshold.looks):
        return True
    known = [each.severity for each in recording.open_before if (each.check, each.object) == identity]
    known += [each.severity for each in recording.findings if each.identity == identity]
    return any(each.rank >= severity.rank for each in known)

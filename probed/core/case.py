"""The ladder: a pure transition table for the life of one finding.

    found ─► FIXING (L1) ─► resolved
                 │ not verified
                 ├─► ASKING (L2) ─► EXECUTING ─► resolved
                 └─► TOLD (L3) ─► resolved

`step` returns the new case and the effects that its new stage calls for; whoever stores the case stores the effects
in the same transaction. What an effect brings comes back as an event.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from probed.core.finding import ActionCall, Evidence, Finding, Severity
from probed.core.permission import Approval, Permission, Ruling
from probed.core.phrases import say

MOST_ASKED_AGAIN = 3
"""A host that changes faster than people answer is no case for a question."""


class Stage(enum.StrEnum):
    NOTED = "noted"
    FIXING = "fixing"
    ASKING = "asking"
    EXECUTING = "executing"
    TOLD = "told"
    RESOLVED = "resolved"

    @property
    def level(self) -> str:
        return {"fixing": "L1", "asking": "L2", "executing": "L2", "told": "L3"}.get(self, "")


@dataclass(frozen=True, slots=True)
class Case:
    id: str
    source: str
    check: str
    object: str
    severity: Severity
    summary: str
    opened_at: datetime
    changed_at: datetime
    last_seen_at: datetime
    stage: Stage = Stage.NOTED
    labels: Mapping[str, str] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=dict)
    runbook: str = ""
    tried: tuple[str, ...] = ()
    """Keys of the action calls that did not help, or that a person did not allow."""
    outlook: str = ""
    """What was or would have been done, and why not: one sentence for the card."""
    expires_at: datetime | None = None
    """When the finding is gone without a further report: its `ttl_s`, or now, where it went while an action ran."""
    resolved_at: datetime | None = None
    version: int = 0
    asked_again: int = 0
    """How often the host had changed between a person's approval and the execution, so that the question was new."""

    @property
    def identity(self) -> tuple[str, str]:
        return self.check, self.object


@dataclass(frozen=True, slots=True)
class Option:
    """An action that fits the finding, with what the rules say about it today."""

    call: ActionCall
    ruling: Ruling


# --- events -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    finding: Finding
    options: Sequence[Option] = ()


@dataclass(frozen=True, slots=True)
class Gone:
    """A valid report of the same source no longer holds the finding, or a person closed it."""

    reason: str = "no longer found"


class Outcome(enum.StrEnum):
    VERIFIED = "verified"
    NOT_VERIFIED = "not_verified"
    FAILED = "failed"
    REFUSED = "refused"
    """The precondition did not hold, or the stored decision did not match its hash: nothing was executed."""
    FORBIDDEN = "forbidden"
    """The rules, which may have changed since it was queued, do not allow it now: nothing was executed, and it does not
    count as tried."""
    CHANGED = "changed"
    """The host is no longer as it was when a person approved: nothing was executed."""
    ROLLED_BACK = "rolled_back"
    """It did not help, and what it changed was put back."""


@dataclass(frozen=True, slots=True)
class ActionFinished:
    call: ActionCall
    outcome: Outcome
    detail: str = ""
    options: Sequence[Option] = ()
    again: Option | None = None
    """What the rules say to the same call now, where the host changed since it was approved."""


@dataclass(frozen=True, slots=True)
class Approved:
    call: ActionCall
    decision_id: str
    by: str


@dataclass(frozen=True, slots=True)
class Declined:
    """A person rejected the action, or nobody answered in time."""

    call: ActionCall
    reason: str
    options: Sequence[Option] = ()


Event = Seen | Gone | ActionFinished | Approved | Declined


# --- effects ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Execute:
    call: ActionCall
    level: str
    decision_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    call: ActionCall
    reason: str
    approval: Approval = Approval.ONE


@dataclass(frozen=True, slots=True)
class Rehearse:
    """Look what an action would have done that is held back now."""

    call: ActionCall


@dataclass(frozen=True, slots=True)
class Urge:
    """The problem has become worse while a person is being asked."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The question is moot: whatever decision of the case still waits is closed."""

    reason: str


@dataclass(frozen=True, slots=True)
class RaiseAlert:
    pass


@dataclass(frozen=True, slots=True)
class EndAlert:
    """Where there is one."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell a person now, once, without an alert: a critical problem that was fixed."""

    text: str


@dataclass(frozen=True, slots=True)
class Digest:
    text: str


Effect = Execute | Ask | Rehearse | Urge | Withdraw | RaiseAlert | EndAlert | Tell | Digest
Step = tuple[Case, tuple[Effect, ...]]


# --- transitions ------------------------------------------------------------------------------------------------------


def step(case: Case, event: Event, now: datetime) -> Step:
    """The case after `event`; a case that the event does not concern comes back as it was, without effects."""
    match event:
        case Seen():
            return _seen(case, event, now)
        case Gone():
            return _gone(case, event, now)
        case ActionFinished():
            return _action_finished(case, event, now)
        case Approved():
            return _approved(case, event, now)
        case Declined():
            return _declined(case, event, now)


def open_case(case: Case, event: Seen, now: datetime) -> Step:
    """The first step of a case that was just created from `event`."""
    if event.finding.severity is Severity.INFO:
        return case, (Digest(case.summary),)
    return _climb(case, event.options, now)


def _seen(case: Case, event: Seen, now: datetime) -> Step:
    finding = event.finding
    seen = replace(
        case,
        severity=finding.severity,
        summary=finding.summary,
        evidence=finding.evidence,
        last_seen_at=now,
        expires_at=expiry(finding, now),
    )
    is_problem = finding.severity is not Severity.INFO
    match case.stage:
        case Stage.NOTED:
            return _climb(seen, event.options, now) if is_problem else (seen, ())
        case Stage.ASKING:
            if not is_problem:
                return _move(seen, Stage.NOTED, now), (
                    Withdraw("the finding is only informative now"),
                    EndAlert(),
                )
            return (seen, (Urge(),)) if finding.severity.rank > case.severity.rank else (seen, ())
        case Stage.TOLD:
            if not is_problem:
                return _move(seen, Stage.NOTED, now), (EndAlert(),)
            fix = _next_fix(seen, event.options)
            if fix and not fix.ruling.held:  # a fix that was not allowed before, as in `observe`, is allowed now
                return _move(seen, Stage.FIXING, now), (Execute(fix.call, "L1"),)
            changed = finding.severity is not case.severity
            return (replace(seen, changed_at=now), (RaiseAlert(),)) if changed else (seen, ())
    return seen, ()


def expiry(finding: Finding, now: datetime) -> datetime | None:
    return now + timedelta(seconds=finding.ttl_s) if finding.ttl_s is not None else None


def _gone(case: Case, event: Gone, now: datetime) -> Step:
    match case.stage:
        case Stage.FIXING | Stage.EXECUTING:  # the action under way brings its own result; this waits for it
            is_known = case.expires_at is not None and case.expires_at <= now
            return (case if is_known else replace(case, expires_at=now)), ()
        case Stage.NOTED:
            return _resolve(case, event.reason, now), ()
        case Stage.ASKING:
            closing = (Withdraw(event.reason), EndAlert(), Digest(f"{case.summary}: {event.reason}"))
            return _resolve(case, event.reason, now), closing
        case Stage.TOLD:
            return _resolve(case, event.reason, now), (EndAlert(),)
    return case, ()


def _action_finished(case: Case, event: ActionFinished, now: datetime) -> Step:
    if case.stage not in (Stage.FIXING, Stage.EXECUTING):
        return case, ()
    if event.outcome is Outcome.VERIFIED:
        text = say("{summary}: solved by {action}", summary=case.summary, action=event.call.key)
        by_person = case.stage is Stage.EXECUTING
        loud = case.severity is Severity.CRITICAL or by_person
        return _resolve(case, text, now), (EndAlert(), Tell(text) if loud else Digest(text))
    words = event.outcome.replace("_", " ")
    outlook = f"{event.call.key}: {words}" + (f" ({event.detail})" if event.detail else "")
    is_untried = event.outcome is Outcome.FORBIDDEN
    tried = replace(case, outlook=outlook) if is_untried else _tried(case, event.call, outlook)
    if case.expires_at and case.expires_at <= now:
        return _resolve(tried, f"no longer found; {outlook}", now), (
            EndAlert(),
            Digest(f"{case.summary}: no longer found"),
        )
    if case.severity is Severity.INFO:
        return _move(tried, Stage.NOTED, now), (EndAlert(), Digest(case.summary))
    if _may_ask_again(case, event):
        assert event.again
        asking = replace(case, asked_again=case.asked_again + 1)
        return _move(asking, Stage.ASKING, now), (Ask(event.call, event.detail, event.again.ruling.approval),)
    return _climb(tried, event.options, now)


def _may_ask_again(case: Case, event: ActionFinished) -> bool:
    return (
        event.outcome is Outcome.CHANGED
        and event.again is not None
        and event.again.ruling.permission is not Permission.NEVER
        and case.asked_again < MOST_ASKED_AGAIN
    )


def _approved(case: Case, event: Approved, now: datetime) -> Step:
    if case.stage is not Stage.ASKING:
        return case, ()
    return _move(case, Stage.EXECUTING, now), (Execute(event.call, "L2", event.decision_id),)


def _declined(case: Case, event: Declined, now: datetime) -> Step:
    if case.stage is not Stage.ASKING:
        return case, ()
    return _climb(_tried(case, event.call, f"{event.call.key}: {event.reason}"), event.options, now)


def _climb(case: Case, options: Sequence[Option], now: datetime) -> Step:
    """The next rung: an automatic fix that was not tried yet, else a question, else a person is told."""
    untried = [option for option in options if option.call.key not in case.tried]
    fix = _next_fix(case, options)
    if fix and fix.ruling.held:
        outlook = say("would have run {action} ({reason})", action=fix.call.key, reason=fix.ruling.reason)
        return _move(replace(case, outlook=outlook), Stage.TOLD, now), (RaiseAlert(), Rehearse(fix.call))
    if fix:
        return _move(case, Stage.FIXING, now), (Execute(fix.call, "L1"),)
    for option in untried:
        if option.ruling.permission is Permission.ASK:
            return _move(case, Stage.ASKING, now), (Ask(option.call, option.ruling.reason, option.ruling.approval),)
    refused = "; ".join(f"{option.call.key}: {option.ruling.reason}" for option in untried)
    told = replace(case, outlook=refused) if refused and not case.outlook else case
    return _move(told, Stage.TOLD, now), (RaiseAlert(),)


def _next_fix(case: Case, options: Sequence[Option]) -> Option | None:
    """The first automatic action that this case has not tried."""
    automatic = (option for option in options if option.ruling.permission is Permission.AUTOMATIC)
    return next((option for option in automatic if option.call.key not in case.tried), None)


def _tried(case: Case, call: ActionCall, outlook: str) -> Case:
    return replace(case, tried=(*case.tried, call.key), outlook=outlook)


def _move(case: Case, stage: Stage, now: datetime) -> Case:
    return replace(case, stage=stage, changed_at=now)


def _resolve(case: Case, outlook: str, now: datetime) -> Case:
    return replace(case, stage=Stage.RESOLVED, outlook=outlook, changed_at=now, resolved_at=now)

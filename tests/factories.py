"""Core objects with sensible defaults; a test names only what it is about."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from probed.core.alert import Alert
from probed.core.case import Case, Outcome
from probed.core.change import Change
from probed.core.checkpoint import Checkpoint
from probed.core.decision import Decision, DecisionState, decision_hash
from probed.core.effect import EffectKind, QueuedEffect
from probed.core.finding import ActionCall, Finding, Severity
from probed.core.flapping import Flapping
from probed.core.group import Group
from probed.core.ids import make_id
from probed.core.incident import Incident
from probed.core.inspection import CheckCall, Inspection
from probed.core.intent import GENESIS
from probed.core.maintenance import Fixes, Window
from probed.core.matcher import parse_matchers
from probed.core.observation import Observation
from probed.core.probe_mark import ProbeMark
from probed.core.report import Report, verdict_of
from probed.core.run import Run, RunState, Trigger
from probed.core.silence import Silence
from probed.core.solved_case import Origin, Remedy, SolvedCase
from probed.ports import Queries

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
RESTART = ActionCall("restart_unit", {"unit": "nginx.service"})
_chance = itertools.count(1)


@dataclass
class HandClock:
    """A clock that only the test moves."""

    at: datetime = NOW
    monotonic_s: float = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.monotonic_s

    def elapsed(self) -> float:
        return self.monotonic_s

    def advance(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        self.monotonic_s += seconds
        return self.at


def new_id(now: datetime = NOW) -> str:
    """A fresh id; later calls for the same moment sort later."""
    return make_id(now, next(_chance))


def make_finding(**changes: object) -> Finding:
    finding = Finding("disk", "/srv", Severity.WARNING, "/srv is 85% full", {"used_percent": 85.0})
    return replace(finding, **changes)  # type: ignore[arg-type]


def make_observation(**changes: object) -> Observation:
    return replace(Observation("/srv", "/srv is 85% full", value=85.0, unit="%"), **changes)  # type: ignore[arg-type]


def make_inspection(**changes: object) -> Inspection:
    inspection = Inspection("disks", "Disks and inodes", (CheckCall("disk"),))
    return replace(inspection, **changes)  # type: ignore[arg-type]


def make_run(**changes: object) -> Run:
    run = Run(new_id(), "disks", Trigger.SCHEDULE, RunState.PENDING, created_at=NOW)
    return replace(run, **changes)  # type: ignore[arg-type]


def make_report(run: Run | None = None, **changes: object) -> Report:
    """A report of `run`, with one finding; the verdict follows the findings unless it is given."""
    run = run or make_run()
    draft = replace(
        Report(new_id(), run.id, run.inspection, verdict_of((), answered=True), "1 finding", (make_finding(),), NOW),
        **changes,  # type: ignore[arg-type]
    )
    if "verdict" in changes:
        return draft
    return replace(draft, verdict=verdict_of(draft.findings, answered=not draft.unanswered))


def make_case(**changes: object) -> Case:
    case = Case(
        id=new_id(),
        source="disks",
        check="disk",
        object="/srv",
        severity=Severity.WARNING,
        summary="/srv is 85% full",
        opened_at=NOW,
        changed_at=NOW,
        last_seen_at=NOW,
        labels={"alertname": "disk", "object": "/srv", "host": "host-a", "source": "disks", "severity": "warning"},
        evidence={"used_percent": 85.0},
    )
    return replace(case, **changes)  # type: ignore[arg-type]


def make_alert(case: Case | None = None, **changes: object) -> Alert:
    case = case or make_case()
    alert = Alert(
        id=new_id(),
        case_id=case.id,
        labels=case.labels,
        severity=case.severity,
        summary=case.summary,
        starts_at=NOW,
        updated_at=NOW,
        peak=case.severity,
    )
    return replace(alert, **{"fingerprint": "", **changes})  # type: ignore[arg-type]


def make_flapping(**changes: object) -> Flapping:
    return replace(Flapping("f", "disks", "010101", NOW), **changes)  # type: ignore[arg-type]


def make_incident(**changes: object) -> Incident:
    incident = Incident(new_id(), "/srv is 85% full", Severity.WARNING, NOW, NOW)
    return replace(incident, **changes)  # type: ignore[arg-type]


def make_window(**changes: object) -> Window:
    """A maintenance window that is open."""
    window = Window(new_id(), (), NOW, NOW + timedelta(hours=2), Fixes.FREEZE, "new disk", "uid:1000 ann")
    return replace(window, **changes)  # type: ignore[arg-type]


def make_group(**changes: object) -> Group:
    labels = {"source": "disks", "alertname": "disk"}
    group = Group('{}:{alertname="disk", source="disks"}', labels, "{}", next_flush_at=NOW)
    return replace(group, **changes)  # type: ignore[arg-type]


def make_silence(**changes: object) -> Silence:
    """One hour from NOW on."""
    matchers, ends_at = parse_matchers('team="db"'), NOW + timedelta(hours=1)
    silence = Silence(new_id(), matchers, NOW, ends_at, "uid:1000 ann", "repairs", NOW)
    return replace(silence, **changes)  # type: ignore[arg-type]


def make_decision(case: Case | None = None, **changes: object) -> Decision:
    """A waiting decision about `case`; its hash fits unless one is given."""
    case = case or make_case()
    draft = replace(
        Decision(
            id=new_id(),
            case_id=case.id,
            call=RESTART,
            host="host-a",
            severity=case.severity,
            summary=case.summary,
            reason="the document asks first",
            state=DecisionState.WAITING,
            created_at=NOW,
            expires_at=NOW + timedelta(hours=24),
            snapshot={"active_state": "failed"},
            dry_run="systemctl restart nginx.service",
        ),
        **changes,  # type: ignore[arg-type]
    )
    return draft if "hash" in changes else replace(draft, hash=decision_hash(draft))


def make_message(recipient: str = "journal", **changes: object) -> QueuedEffect:
    """A message in the outbox, due now."""
    effect = QueuedEffect(new_id(), EffectKind.SEND, "source=disks,alertname=disk", recipient, _card(), NOW, NOW)
    return replace(effect, **changes)  # type: ignore[arg-type]


def make_execution(case: Case | None = None, **changes: object) -> QueuedEffect:
    """An action that waits for its execution."""
    payload = {"action": RESTART.action, "params": dict(RESTART.params), "level": "L1"}
    effect = QueuedEffect(new_id(), EffectKind.EXECUTE, (case or make_case()).id, "", payload, NOW, NOW)
    return replace(effect, **changes)  # type: ignore[arg-type]


def make_change(case: Case | None = None, effect: QueuedEffect | None = None, **changes: object) -> Change:
    case = case or make_case()
    change = Change(
        id=new_id(),
        case_id=case.id,
        decision_id=None,
        effect_id=(effect or make_execution(case)).id,
        call=RESTART,
        level="L1",
        by="cortex",
        dry_run="systemctl restart nginx.service",
        outcome=Outcome.VERIFIED,
        detail="nginx.service is active",
        started_at=NOW,
        ended_at=NOW + timedelta(seconds=2),
        before={"active_state": "failed"},
        after={"active_state": "active"},
    )
    return replace(change, **changes)  # type: ignore[arg-type]


def make_memory(**changes: object) -> SolvedCase:
    """A solved case whose action has helped twice."""
    memory = SolvedCase(
        id=new_id(),
        source="services",
        check="systemd_unit",
        object="nginx.service",
        features=("object:name=nginx.service", "evidence:result=exit-code"),
        created_at=NOW,
        changed_at=NOW,
        origin=Origin.INVESTIGATION,
        by="model",
        cause="its port is taken",
        remedy=Remedy("restart_unit", {"unit": "{object}"}),
        marks=(ProbeMark("unit_status", {"name": "{object}"}, (("result=exit-code",),), "ab" * 32),),
        case_id="case-1",
        run_id="run-1",
        seen=3,
        helped=2,
        cost_usd=0.05,
    )
    return replace(memory, **changes)  # type: ignore[arg-type]


def make_checkpoint(number: int) -> Checkpoint:
    return Checkpoint(number, "c0ffee", NOW, NOW, NOW, {"audit": number}, GENESIS, "ab" * 32, "cd" * 64)


def _card() -> Mapping[str, object]:
    return {
        "kind": "alert",
        "host": "host-a",
        "title": "/srv is 85% full",
        "severity": "warning",
        "sections": [],
        "commands": [],
        "buttons": [],
    }


async def measured(queries: Queries, check: str, object_: str, since: datetime) -> list[tuple[datetime, float]]:
    """The numbers of the year from then on, each as it was taken, on whole seconds."""
    points = await queries.points(check, object_, since, since + timedelta(days=365), 1)
    return [(datetime.fromtimestamp(point.at_s, UTC), point.mean) for point in points]


async def next_due(queries: Queries) -> datetime | None:
    """When the earliest of all timers is due."""
    return min((await queries.due_dates()).values(), default=None)

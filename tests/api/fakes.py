"""The ports behind the API, in memory: what they hold is set by the test, what they are asked is kept for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from probed.api.context import ApiContext
from probed.core.action import Risk
from probed.core.alert import Alert, AlertState
from probed.core.assistant import ProbeAnswer, ProbeFacts
from probed.core.autonomy import Rung, Standing, Terms
from probed.core.backup import Backup, Drill
from probed.core.breaker import BreakerFacts
from probed.core.budget import Limits, Spent
from probed.core.case import Case, Stage
from probed.core.change import Change
from probed.core.channel import ChannelFacts, ChannelTest
from probed.core.checkpoint import ChainVerdict, Checkpoint
from probed.core.configuration import InForce, Reloaded
from probed.core.decision import Decision, DecisionState
from probed.core.document_version import DocumentVersion
from probed.core.dry_run import DryRun
from probed.core.effect import EffectState, MessageState, QueuedEffect
from probed.core.event import StreamEvent
from probed.core.evidence import lines_of
from probed.core.evidence_gate import KeptAnalysis
from probed.core.exchange import Exchange
from probed.core.external_alert import AlertDraft, problem_of
from probed.core.finding import ActionCall, Severity
from probed.core.forecast import Forecast
from probed.core.host_event import EventSource, SourceFacts
from probed.core.incident import Entry, Incident
from probed.core.inquiry import Happening, Inquiry, InquiryDraft, Tell
from probed.core.inspection import BrokenDocument, Inspection
from probed.core.intent import Intent, IntentDraft, link
from probed.core.investigation import Evidence
from probed.core.job import Job, Ping, after
from probed.core.maintenance import Window, WindowDraft
from probed.core.model_facts import ModelFacts, Spending, TierFacts
from probed.core.model_route import Choice
from probed.core.modes import Modes
from probed.core.observation import Place
from probed.core.permission import Mode, Permission
from probed.core.pieces import Pieces
from probed.core.report import Report, Verdict
from probed.core.routing import Routing
from probed.core.run import Run, RunState, Trigger
from probed.core.silence import FOREVER, Silence, SilenceDraft, create
from probed.core.solved_case import SolvedCase
from probed.core.storm import Storm
from probed.core.timer import Timer
from probed.core.transcript import Transcript, TranscriptKind
from probed.core.trend import Point, Series
from probed.engine.overview import DaemonFacts, Overview, ReadinessProbe
from probed.engine.pairing import PairingBook
from probed.errors import NotFound, NotReloaded
from probed.ports import Actor, FoundIn, IncidentFile, Models, Monitor, Page, Pairings, PlannedRun, ReportDraft
from tests.factories import (
    NOW,
    HandClock,
    make_alert,
    make_change,
    make_decision,
    make_memory,
    make_message,
    make_report,
    make_run,
    make_silence,
    make_window,
)

T = TypeVar("T")
FACTS = DaemonFacts(
    gate={"new": 3, "unchanged": 12},
    claims={"yes": 41, "no": 2},
    version="0.1.0",
    pid=4711,
    started_at=NOW,
    uptime_s=60.0,
    rss_mib=64.0,
    loop_lag_ms=1.5,
    ready=True,
    agent="none",
    channels=("journal",),
    events=(SourceFacts(EventSource.SYSTEMD, is_live=True, told=2),),
)


def page_of(items: Sequence[T], limit: int, before: str | None, key: str = "id") -> Page[T]:
    """`items` are newest first."""
    keys = [str(getattr(item, key)) for item in items]
    first = keys.index(before) + 1 if before in keys else 0
    chosen = items[first : first + limit]
    more = first + limit < len(items)
    return Page(chosen, str(getattr(chosen[-1], key)) if more else None)


@dataclass
class FakeQueries:
    """Lists are newest first. `failure` is raised by every query."""

    all_inquiries: list[Inquiry] = field(default_factory=list)
    all_runs: list[Run] = field(default_factory=list)
    all_reports: list[Report] = field(default_factory=list)
    all_findings: list[FoundIn] = field(default_factory=list)
    all_cases: list[Case] = field(default_factory=list)
    all_alerts: list[Alert] = field(default_factory=list)
    all_silences: list[Silence] = field(default_factory=list)
    all_incidents: list[Incident] = field(default_factory=list)
    timeline: list[Entry] = field(default_factory=list)
    all_maintenance: list[Window] = field(default_factory=list)
    all_decisions: list[Decision] = field(default_factory=list)
    all_messages: list[QueuedEffect] = field(default_factory=list)
    all_changes: list[Change] = field(default_factory=list)
    all_memories: list[SolvedCase] = field(default_factory=list)
    all_trends: list[Series] = field(default_factory=list)
    kept_points: dict[tuple[str, str], list[Point]] = field(default_factory=dict)
    all_intents: list[Intent] = field(default_factory=list)
    versions: list[DocumentVersion] = field(default_factory=list)
    all_checkpoints: list[Checkpoint] = field(default_factory=list)
    chain: ChainVerdict = field(default_factory=ChainVerdict)
    all_events: list[StreamEvent] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    failure: Exception | None = None
    asked: list[str] = field(default_factory=list)

    async def runs(
        self, limit: int, before: str | None = None, inspection: str | None = None, state: str | None = None
    ) -> Page[Run]:
        return page_of(self._where(self.all_runs, inspection=inspection, state=state), limit, before)

    async def run(self, run_id: str) -> Run:
        return self._one(self.all_runs, run_id)

    async def reports(self, limit: int, before: str | None = None, source: str | None = None) -> Page[Report]:
        return page_of(self._where(self.all_reports, source=source), limit, before)

    async def report(self, report_id: str) -> Report:
        return self._one(self.all_reports, report_id)

    async def verdicts(self, report_ids: Sequence[str]) -> Mapping[str, Verdict]:
        self.asked.append("verdicts")
        return {report.id: report.verdict for report in self._where(self.all_reports) if report.id in report_ids}

    async def triggers(self, run_ids: Sequence[str]) -> Mapping[str, Trigger]:
        self.asked.append("triggers")
        return {run.id: run.trigger for run in self._where(self.all_runs) if run.id in run_ids}

    async def latest_reports(self) -> Sequence[Report]:
        return list({report.source: report for report in reversed(self._where(self.all_reports))}.values())

    async def findings(
        self, limit: int, before: str | None = None, source: str | None = None, severity: str | None = None
    ) -> Page[FoundIn]:
        found = self._where(self.all_findings, source=source)
        return page_of([item for item in found if severity in (None, item.finding.severity)], limit, before)

    async def cases(self, limit: int, before: str | None = None, open_only: bool = False) -> Page[Case]:
        cases = self._where(self.all_cases)
        return page_of([case for case in cases if not open_only or case.stage is not Stage.RESOLVED], limit, before)

    async def solved_cases(self, limit: int, before: str | None = None, check: str | None = None) -> Page[SolvedCase]:
        return page_of(self._where(self.all_memories, check=check), limit, before)

    async def solved_case(self, memory_id: str) -> SolvedCase:
        return self._one(self.all_memories, memory_id)

    async def remembered_checks(self) -> frozenset[str]:
        return frozenset(memory.check for memory in self._where(self.all_memories))

    async def solved_before(self, checks: Collection[str]) -> Sequence[SolvedCase]:
        return [memory for memory in self._where(self.all_memories) if memory.check in checks]

    async def jobs(self) -> Sequence[Job]:
        return [Job("nightly", ended_at=NOW, succeeded_at=NOW, duration_s=90.0, said_by="uid:0 root")]

    async def inquiries(self, limit: int, before: str | None = None, session: str | None = None) -> Page[Inquiry]:
        return page_of(self._where(self.all_inquiries, session=session), limit, before)

    async def inquiry(self, inquiry_id: str) -> Inquiry:
        return self._one(self.all_inquiries, inquiry_id)

    async def newest_inquiry_of(self, by: str) -> Inquiry | None:
        return next(iter(self._where(self.all_inquiries, by=by)), None)

    async def spent(self, run_id: str, inspection_id: str, day: datetime, month: datetime) -> Spent:
        return Spent()

    async def spending(self, since: datetime) -> Sequence[Spending]:
        return [Spending("disks", 3, 1200, 340, 0.0625, 12)]

    async def analyses(self, inspection: str) -> tuple[Sequence[KeptAnalysis], Sequence[tuple[str, str]]]:
        return [], []

    async def memories(self, source: str) -> Mapping[Place, Pieces]:
        return {}

    async def open_of(self, source: str) -> Mapping[tuple[str, str], Severity]:
        opened = [case for case in self._where(self.all_cases) if case.stage is not Stage.RESOLVED]
        return {case.identity: case.severity for case in opened if case.source == source}

    async def worst_open(self) -> Mapping[str, Severity]:
        opened = [case for case in self._where(self.all_cases) if case.stage is not Stage.RESOLVED]
        return {case.source: case.severity for case in sorted(opened, key=lambda case: case.severity.rank)}

    async def case(self, case_id: str) -> Case:
        return self._one(self.all_cases, case_id)

    async def cases_by_id(self, case_ids: Sequence[str]) -> Mapping[str, Case]:
        self.asked.append("cases_by_id")
        return {case.id: case for case in self._where(self.all_cases) if case.id in case_ids}

    async def alerts(self, limit: int, before: str | None = None, state: str | None = None) -> Page[Alert]:
        return page_of(self._where(self.all_alerts, state=state), limit, before)

    async def alert(self, alert_id: str) -> Alert:
        return self._one(self.all_alerts, alert_id)

    async def worst_alerts(self, limit: int) -> Sequence[Alert]:
        found = [alert for alert in self._where(self.all_alerts) if alert.state is not AlertState.RESOLVED]
        return sorted(found, key=lambda alert: -alert.severity.rank)[:limit]

    async def open_alerts(self, after: Alert | None, limit: int) -> Sequence[Alert]:
        found = [alert for alert in self.all_alerts if alert.state is not AlertState.RESOLVED]
        return found[found.index(after) + 1 :][:limit] if after else found[:limit]

    async def silences(self, limit: int, before: str | None = None) -> Page[Silence]:
        return page_of(self._where(self.all_silences), limit, before)

    async def unexpired_silences(self, now: datetime) -> Sequence[Silence]:
        return [silence for silence in self.all_silences if silence.ends_at > now]

    async def silence(self, silence_id: str) -> Silence:
        return self._one(self.all_silences, silence_id)

    async def incidents(self, limit: int, before: str | None = None, state: str | None = None) -> Page[Incident]:
        return page_of(self._where(self.all_incidents, state=state), limit, before)

    async def incident(self, incident_id: str, now: datetime) -> IncidentFile:
        return IncidentFile(self._one(self.all_incidents, incident_id), self.all_alerts, self.timeline)

    async def storms(self) -> Sequence[Storm]:
        return []

    async def windows(self, limit: int, before: str | None = None) -> Page[Window]:
        return page_of(self._where(self.all_maintenance), limit, before)

    async def window(self, window_id: str) -> Window:
        return self._one(self.all_maintenance, window_id)

    async def decisions(self, limit: int, before: str | None = None, state: str | None = None) -> Page[Decision]:
        return page_of(self._where(self.all_decisions, state=state), limit, before)

    async def decision(self, decision_id: str) -> Decision:
        return self._one(self.all_decisions, decision_id)

    async def messages(
        self, limit: int, before: str | None = None, state: MessageState | None = None
    ) -> Page[QueuedEffect]:
        wanted = {MessageState.SENT: EffectState.DONE, MessageState.DEAD: EffectState.DEAD}
        return page_of(self._where(self.all_messages, state=wanted.get(state) if state else None), limit, before)

    async def message(self, message_id: str) -> QueuedEffect:
        return self._one(self.all_messages, message_id)

    async def outbox(self) -> Mapping[str, tuple[int, int]]:
        return {}

    async def changes(self, limit: int, before: str | None = None) -> Page[Change]:
        return page_of(self._where(self.all_changes), limit, before)

    async def intents(self, limit: int, before: str | None = None, kind: str | None = None) -> Page[Intent]:
        return page_of(self._where(self.all_intents, kind=kind), limit, before, "number")

    async def change(self, change_id: str) -> Change:
        return self._one(self.all_changes, change_id)

    async def standings(self) -> Sequence[Standing]:
        return [Standing("restart_unit", "unit", Rung.ASK, successes=7, succeeded=9, failed=1, changed_at=NOW)]

    async def transcript(self, subject: str) -> Transcript:
        return Transcript(subject, TranscriptKind.INVESTIGATION, NOW, '{"type": "result"}\n', 44, "c0ffee")

    async def evidence(self, run_id: str) -> Transcript:
        known = Evidence("e1", "processes", {"sort": "cpu"}, '{"evidence":"e1","columns":[],"rows":[]}', "c0ffee")
        return Transcript(run_id, TranscriptKind.EVIDENCE, NOW, lines_of([known]), 44, "c0ffee")

    async def recording(self, run_id: str) -> Transcript:
        raise NotFound(f"no recording is kept of {run_id}")

    async def checkpoints(self, limit: int, before: str | None = None) -> Page[Checkpoint]:
        return page_of(self._where(self.all_checkpoints), limit, before, "number")

    async def intents_after(self, number: int, limit: int) -> Sequence[Intent]:
        return [intent for intent in self._where(self.all_intents) if intent.number > number][:limit]

    async def document_versions(self, inspection: str) -> Sequence[DocumentVersion]:
        return [version for version in self.versions if version.inspection == inspection]

    async def verify_intents(self) -> ChainVerdict:
        return self.chain

    async def events(self, after: int, limit: int) -> Sequence[StreamEvent]:
        self.asked.append(f"events after {after}")
        return [event for event in self.all_events if event.id > after][:limit]

    async def last_event_id(self) -> int:
        return max((event.id for event in self.all_events), default=0)

    async def due_dates(self) -> Mapping[Timer, datetime]:
        return {}

    async def every_series(self, limit: int, before: str | None = None, check: str | None = None) -> Page[Series]:
        return page_of(self._where(self.all_trends, check=check), limit, before)

    async def points(
        self, check: str, object_: str, since: datetime, until: datetime, width_s: float
    ) -> Sequence[Point]:
        kept = self.kept_points.get((check, object_), ())
        return [point for point in kept if since.timestamp() <= point.at_s < until.timestamp()]

    async def setting(self, name: str) -> object | None:
        return None

    async def counts(self) -> Mapping[str, int]:
        return self.numbers

    def _where(self, items: Sequence[T], **filters: object) -> list[T]:
        if self.failure:
            raise self.failure
        wanted = {name: value for name, value in filters.items() if value is not None}
        return [item for item in items if all(getattr(item, name) == value for name, value in wanted.items())]

    def _one(self, items: Sequence[T], id_: str) -> T:
        self.asked.append(id_)
        for item in self._where(items, id=id_):
            return item
        raise NotFound(f"there is no {id_}")


@dataclass
class FakeConfigurations:
    failure: NotReloaded | None = None
    asked: list[Actor | None] = field(default_factory=list)

    def in_force(self) -> InForce:
        return InForce("/etc/cortex/config.yaml", NOW, {"mode": "observe", "log": {"level": "info"}}, ["log"])

    async def bring_into_force(self, by: Actor | None = None) -> Reloaded:
        self.asked.append(by)
        if self.failure:
            raise self.failure
        return Reloaded(3, ["x.md:4: unknown check"], ["old"], "observe", ["log"])


@dataclass
class FakeOperator:
    """Does what it is asked, or raises `failure`."""

    failure: Exception | None = None
    calls: list[tuple[object, ...]] = field(default_factory=list)
    drafts: list[ReportDraft] = field(default_factory=list)
    alert_drafts: list[AlertDraft] = field(default_factory=list)
    recurring: list[Window] = field(default_factory=list)

    async def approve(
        self,
        decision_id: str,
        by: Actor,
        expected_hash: str | None = None,
        confirmation: str = "",
        revert_after_s: float | None = None,
    ) -> Decision:
        self._note("approve", decision_id, by, expected_hash, confirmation, revert_after_s)
        return make_decision(id=decision_id, state=DecisionState.APPROVED, decided_by=by.name)

    async def confirm_change(self, change_id: str, by: Actor) -> Change:
        self._note("confirm_change", change_id, by)
        return make_change(id=change_id, confirmed_by=by.name)

    async def roll_back_change(self, change_id: str, by: Actor) -> Change:
        self._note("roll_back_change", change_id, by)
        return make_change(id=change_id)

    @property
    def terms(self) -> Terms:
        return Terms()

    async def modes(self) -> Modes:
        return Modes(Mode.OBSERVE, Mode.ACT, {"clean_files": Mode.EARNED})

    async def set_mode(self, mode: Mode | None, by: Actor, action: str = "") -> Modes:
        self._note("set_mode", mode, by, action)
        return Modes(Mode.OBSERVE).with_choice(mode, action)

    async def pin(self, action: str, object_kind: str, rung: Rung | None, by: Actor) -> Standing:
        self._note("pin", action, object_kind, rung, by)
        return Standing(action, object_kind, pin=rung, pinned_by=by.name if rung else "")

    async def reject(self, decision_id: str, by: Actor, note: str = "") -> Decision:
        self._note("reject", decision_id, by, note)
        return make_decision(id=decision_id, state=DecisionState.REJECTED, decided_by=by.name, note=note)

    async def remember(self, case_id: str, cause: str, advice: str, by: Actor) -> SolvedCase:
        self._note("remember", case_id, cause, advice, by)
        return make_memory(case_id=case_id, cause=cause, advice=advice, by=by.name, vouched_by=by.name)

    async def correct_memory(
        self,
        memory_id: str,
        by: Actor,
        cause: str | None = None,
        advice: str | None = None,
        *,
        without_action: bool = False,
    ) -> SolvedCase:
        self._note("correct_memory", memory_id, by, cause, advice, without_action)
        return make_memory(id=memory_id, cause=cause or "", advice=advice or "", vouched_by=by.name)

    async def delete_memory(self, memory_id: str, by: Actor) -> SolvedCase:
        self._note("delete_memory", memory_id, by)
        return make_memory(id=memory_id)

    async def record(self, draft: IntentDraft, by: Actor) -> Intent:
        self._note("record", draft.kind, draft.text, draft.subject, by)
        return link(None, NOW, draft.kind, by.name, draft.subject, draft.text)

    async def start_maintenance(self, draft: WindowDraft, by: Actor) -> Window:
        self._note("start_maintenance", draft.matchers, draft.fixes, draft.comment, by)
        return make_window(matchers=draft.matchers, fixes=draft.fixes, ends_at=draft.ends_at, created_by=by.name)

    async def end_maintenance(self, window_id: str, by: Actor) -> Window:
        self._note("end_maintenance", window_id, by)
        return make_window(id=window_id, ends_at=NOW)

    def recurring_maintenance(self) -> Sequence[Window]:
        return self.recurring

    async def dry_run(self, action: str, params: Mapping[str, object], by: Actor) -> DryRun:
        self._note("dry_run", action, dict(params), by)
        call = ActionCall(action, params)
        ruling = (Permission.ASK, False, "the policy asks")
        return DryRun(call, {"state": "failed"}, "a", "", "would restart a", Risk.LOW, "a", True, "", *ruling)

    async def acknowledge(self, alert_id: str, by: Actor, for_s: float | None = None) -> Alert:
        self._note("acknowledge", alert_id, by, *([] if for_s is None else [for_s]))
        return make_alert(id=alert_id, state=AlertState.ACKNOWLEDGED, acknowledged_by=by.name)

    async def resolve(self, alert_id: str, by: Actor) -> Alert:
        self._note("resolve", alert_id, by)
        return make_alert(id=alert_id, state=AlertState.RESOLVED)

    async def take_alerts(self, drafts: Sequence[AlertDraft], by: Actor) -> Sequence[str]:
        self._note("take_alerts", len(drafts), by)
        self.alert_drafts += drafts
        return [problem for draft in drafts if (problem := problem_of(draft, NOW, 86_400))]

    async def silence(self, draft: SilenceDraft, by: Actor) -> Silence:
        self._note("silence", draft.comment, by)
        return create(draft, draft.id or "s1", by.name, NOW)

    async def silence_alert(self, alert_id: str, by: Actor, for_s: float | None, comment: str = "") -> Silence:
        self._note("silence_alert", alert_id, by, for_s, comment)
        ends_at = FOREVER if for_s is None else NOW + timedelta(seconds=for_s)
        return make_silence(alert_id="" if for_s else alert_id, ends_at=ends_at, comment=comment)

    async def expire_silence(self, silence_id: str, by: Actor) -> Silence:
        self._note("expire_silence", silence_id, by)
        return make_silence(id=silence_id, ends_at=NOW)

    async def run(self, inspection_id: str, by: Actor) -> Run:
        self._note("run", inspection_id, by)
        return make_run(inspection=inspection_id, trigger=Trigger.OPERATOR, state=RunState.PENDING)

    async def cancel_run(self, run_id: str, by: Actor) -> Run:
        self._note("cancel_run", run_id, by)
        return make_run(id=run_id, state=RunState.CANCELLED, reason=f"cancelled by {by.name}")

    async def pause(self, inspection_id: str, by: Actor) -> None:
        self._note("pause", inspection_id, by)

    async def resume(self, inspection_id: str, by: Actor) -> None:
        self._note("resume", inspection_id, by)

    async def relearn(self, inspection_id: str, by: Actor, check: str = "") -> int:
        self._note("relearn", inspection_id, by, check)
        return 2

    async def hear(self, job: str, ping: Ping, by: Actor, exit_code: int | None = None) -> Job:
        self._note("hear", job, ping, by, exit_code)
        return after(Job(job), ping, NOW, by.name, exit_code)

    async def test_channel(self, name: str, by: Actor) -> ChannelTest:
        self._note("test_channel", name, by)
        return ChannelTest(name, "m1", delivered=False, detail="nobody answers", took_s=0.25)

    async def resend(self, message_id: str, by: Actor, to: str = "") -> QueuedEffect:
        self._note("resend", message_id, by, to)
        return make_message(to or "telegram", id=message_id)

    async def notify(self, text: str) -> None:
        raise NotImplementedError

    async def submit(self, draft: ReportDraft, by: Actor) -> Report:
        self._note("submit", draft.source, by)
        self.drafts.append(draft)
        return make_report(
            source=draft.source, verdict=Verdict(draft.verdict), summary=draft.summary, findings=draft.findings
        )

    def _note(self, *call: object) -> None:
        if self.failure:
            raise self.failure
        self.calls.append(call)


@dataclass
class FakeSchedule:
    plans: list[PlannedRun] = field(default_factory=list)

    def planned(self) -> Sequence[PlannedRun]:
        return self.plans

    def is_alive(self) -> bool:
        return True


@dataclass
class FakeBackups:
    all: list[Backup] = field(default_factory=list)
    drill: Drill | None = None
    failure: Exception | None = None
    calls: list[tuple[object, ...]] = field(default_factory=list)

    async def known(self) -> Sequence[Backup]:
        return self.all

    async def written_bytes(self) -> int:
        return 4096

    async def last_drill(self) -> Drill | None:
        return self.drill

    async def take(self, by: Actor) -> Backup:
        self._note("take", by)
        return self.all[-1]

    async def verify(self, name: str, by: Actor) -> Drill:
        self._note("verify", name, by)
        return self.drill or Drill(name, NOW, 0.2)

    def _note(self, *call: object) -> None:
        if self.failure:
            raise self.failure
        self.calls.append(call)


@dataclass
class FakeStream:
    """Stores an event, then tells the listeners, as a commit does."""

    queries: FakeQueries
    listeners: list[Callable[[StreamEvent], None]] = field(default_factory=list)

    def subscribe(self, listener: Callable[[StreamEvent], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def store(self, **data: object) -> StreamEvent:
        event = StreamEvent(len(self.queries.all_events) + 1, NOW, str(data.pop("type", "daemon.notice")), "s", data)
        self.queries.all_events.append(event)
        return event

    def tell(self, event: StreamEvent) -> None:
        for listener in list(self.listeners):
            listener(event)

    def publish(self, **data: object) -> StreamEvent:
        event = self.store(**data)
        self.tell(event)
        return event


class FakePairings(PairingBook):
    """Of a daemon that nobody talks to in a chat."""

    async def refuse(self, by: Actor, subject: str, reason: str) -> None:
        return


class FakeAssistants:
    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    async def probes(self) -> Sequence[ProbeFacts]:
        return [ProbeFacts("processes", "What runs.", {"type": "object", "properties": {}})]

    async def probe(self, session: str, name: str, arguments: Mapping[str, object], by: Actor) -> ProbeAnswer:
        if name != "processes":
            raise NotFound(f"there is no probe {name!r}")
        self.asked.append((session, name, arguments, by))
        return ProbeAnswer('{"rows": []}', failed=False)


@dataclass
class FakeQuestions:
    failure: Exception | None = None
    drafts: list[InquiryDraft] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    answered: Inquiry | None = None
    """None: there is never an answer."""
    given_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def begin(self, draft: InquiryDraft, by: Actor) -> Inquiry:
        if self.failure:
            raise self.failure
        self.drafts.append(draft)
        return Inquiry("q1", draft.session or "q1", draft.text, by.name, NOW)

    async def answer(self, inquiry: Inquiry, tell: Tell) -> Inquiry:
        for each in self.happenings:
            tell(each)
        try:
            await asyncio.sleep(0 if self.answered else 60)
        except asyncio.CancelledError:
            self.given_up.set()
            raise
        assert self.answered
        return self.answered


@dataclass
class FakeModels:
    name: str = "claude"

    async def facts(self) -> ModelFacts:
        tier = TierFacts("small", "claude-haiku-4-5", "https://api.anthropic.com", 1.0, 5.0)
        return ModelFacts((tier,), Limits(day_usd=5.0, month_usd=50.0), Spent(day_usd=0.5, month_usd=2.5))

    async def left_of(self, budget: str) -> float:
        return 4.5

    def is_stopped(self, inspection_id: str) -> bool:
        return False

    def breakers(self, now: datetime) -> Sequence[BreakerFacts]:
        return ()

    async def explain(self, inspection: Inspection, severity: Severity | None) -> tuple[Choice, float]:
        return Choice((inspection.agent.tier, "local"), f"for {severity or 'nothing'}"), 0.75

    def exchanges_of(self, run_id: str) -> tuple[Exchange, ...]:
        return ()

    async def close(self) -> None: ...


@dataclass
class World:
    """Everything behind one API."""

    queries: FakeQueries = field(default_factory=FakeQueries)
    operator: FakeOperator = field(default_factory=FakeOperator)
    schedule: FakeSchedule = field(default_factory=FakeSchedule)
    inspections: list[Inspection] = field(default_factory=list)
    broken: list[BrokenDocument] = field(default_factory=list)
    probes: list[ReadinessProbe] = field(default_factory=list)
    routing: Routing = field(default_factory=lambda: Routing.one_host("recording"))
    channels: list[ChannelFacts] = field(default_factory=list)
    forecasts: dict[tuple[str, str], Forecast] = field(default_factory=dict)
    overview: Overview = field(default_factory=lambda: make_overview())
    backups: FakeBackups = field(default_factory=lambda: FakeBackups())
    assistants: FakeAssistants = field(default_factory=lambda: FakeAssistants())
    questions: FakeQuestions = field(default_factory=lambda: FakeQuestions())
    configurations: FakeConfigurations = field(default_factory=lambda: FakeConfigurations())
    models: Models | None = None
    pairings: Pairings = field(default_factory=lambda: FakePairings(cast(Monitor, None), HandClock()))

    def __post_init__(self) -> None:
        self.stream = FakeStream(self.queries)

    def context(self, **changes: Any) -> ApiContext:
        context = ApiContext(
            operator=self.operator,
            queries=self.queries,
            schedule=self.schedule,
            overview=returning(lambda: self.overview),
            readiness=returning(lambda: self.probes),
            inspections=lambda: self.inspections,
            broken=lambda: self.broken,
            subscribe=self.stream.subscribe,
            routing=lambda: self.routing,
            now=lambda: NOW,
            pairings=self.pairings,
            channels=returning(lambda: self.channels),
            backups=self.backups,
            forecasts=lambda: self.forecasts,
            questions=self.questions,
            assistants=self.assistants,
            models=self.models,
            configurations=self.configurations,
        )
        return replace(context, **changes)


def make_overview(**changes: Any) -> Overview:
    overview = Overview(
        host="host-a",
        verdict=Verdict.OK,
        mode=Mode.OBSERVE,
        at=NOW,
        first_sweep_done=True,
        sources=(),
        alerts=(),
        decisions=(),
        gauges=(),
        next_runs=(),
        notes=(),
        broken=(),
        recent_changes=(),
        daemon=FACTS,
        counts={},
    )
    return replace(overview, **changes)


def returning(value: Callable[[], T]) -> Callable[[], Awaitable[T]]:
    async def answer() -> T:
        return value()

    return answer

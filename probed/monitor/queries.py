"""Reading, for the faces."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from probed.core.alert import Alert
from probed.core.autonomy import Standing
from probed.core.budget import Spent
from probed.core.case import Case
from probed.core.change import Change
from probed.core.checkpoint import ChainVerdict, Checkpoint
from probed.core.decision import Decision
from probed.core.document_version import DocumentVersion
from probed.core.effect import EffectKind, MessageState, QueuedEffect
from probed.core.event import StreamEvent
from probed.core.evidence_gate import KeptAnalysis
from probed.core.finding import Severity
from probed.core.incident import Incident
from probed.core.inquiry import Inquiry
from probed.core.intent import Intent
from probed.core.job import Job
from probed.core.maintenance import Window
from probed.core.model_facts import Spending
from probed.core.observation import Place
from probed.core.pieces import Pieces
from probed.core.report import Report, Verdict
from probed.core.run import Run, Trigger
from probed.core.silence import Silence
from probed.core.solved_case import SolvedCase
from probed.core.storm import Storm
from probed.core.timer import Timer
from probed.core.trend import Point, Series
from probed.errors import NotFound, Overloaded
from probed.monitor import (
    aggregates,
    alerts,
    analyses,
    cases,
    changes,
    checkpoints,
    decisions,
    documents,
    effects,
    events,
    incidents,
    inquiries,
    intents,
    jobs,
    maintenance,
    memories,
    model_calls,
    reports,
    runs,
    samples,
    series,
    silences,
    solved_cases,
    standings,
    storms,
    timeline,
)
from probed.monitor.alerts import AlertRepository
from probed.monitor.cells import micros, moment_or_none
from probed.monitor.chain import Chain
from probed.monitor.pages import Listing, as_page
from probed.monitor.readers import Readers
from probed.monitor.session import Row
from probed.monitor.settings import SettingRepository
from probed.monitor.signing import SigningKey
from probed.monitor.silences import SilenceRepository
from probed.ports import FoundIn, IncidentFile, Page

RUNS = Listing("run", runs.RUNS, runs.from_row)
CASES = Listing("case", cases.CASES, cases.from_row)
OPEN_CASES = Listing("case", cases.CASES, cases.from_row, only=cases.IS_OPEN)
ALERTS = Listing("alert", alerts.ALERTS, alerts.from_row)
SILENCES = Listing("silence", silences.SILENCES, silences.from_row)
DECISIONS = Listing("decision", decisions.DECISIONS, decisions.from_row)
INCIDENTS = Listing("incident", incidents.INCIDENTS, incidents.from_row)
WINDOWS = Listing("maintenance window", maintenance.WINDOWS, maintenance.from_row)
CHANGES = Listing("change", changes.CHANGES, changes.from_row)
MESSAGES = {
    state: Listing("message", effects.EFFECTS, effects.from_row, only=condition)
    for state, condition in effects.MESSAGES.items()
}
MEMORIES = Listing("memory", solved_cases.SOLVED_CASES, solved_cases.from_row)
FINDINGS = Listing("finding", reports.FINDINGS, reports.found_from_row, key="seq")
CHECKPOINTS = Listing("checkpoint", checkpoints.CHECKPOINTS, checkpoints.from_row, number="number", key="number")
INTENTS = Listing(
    "intent", intents.INTENTS, intents.from_row, number="number", key="number", only=checkpoints.IS_IN_THE_RECORD
)
INQUIRIES = Listing("question", inquiries.INQUIRIES, inquiries.from_row)
SERIES = Listing("series", samples.ALL_SERIES, samples.from_row, number="id", key="id")
REPORTS: Listing[Row] = Listing("report", reports.REPORTS, lambda row: row)
MOST_VERSIONS = 100

EVENTS = "SELECT * FROM events WHERE id > :after ORDER BY id LIMIT :limit"
COUNTS = """
SELECT
    (SELECT count(*) FROM alerts WHERE state = 'firing') AS alerts_firing,
    (SELECT count(*) FROM alerts WHERE state = 'acknowledged') AS alerts_acknowledged,
    (SELECT count(*) FROM decisions WHERE state = 'waiting') AS decisions_waiting,
    (SELECT count(*) FROM cases WHERE stage <> 'resolved') AS cases_open,
    (SELECT count(*) FROM solved_cases) AS memories,
    coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'investigations_saved'), 0)
        AS investigations_saved,
    (SELECT count(*) FROM effects
        WHERE kind = 'send' AND state IN ('pending', 'started', 'in_doubt')) AS messages_pending,
    (SELECT count(*) FROM effects WHERE kind = 'send' AND state = 'dead') AS messages_dead,
    (SELECT coalesce(max(seq), 0) FROM reports) AS reports,
    (SELECT coalesce(max(seq), 0) FROM runs) AS runs
"""
DUE_DATES = f"""
SELECT '{Timer.GROUP}' AS timer, min(next_flush_at) AS due FROM alert_groups WHERE next_flush_at IS NOT NULL
UNION ALL SELECT '{Timer.ALERT}', min(ends_at) FROM alerts WHERE state <> 'resolved' AND ends_at IS NOT NULL
UNION ALL SELECT '{Timer.DECISION}', min(expires_at) FROM decisions WHERE state = 'waiting'
UNION ALL SELECT '{Timer.CASE}', min(expires_at) FROM cases WHERE stage <> 'resolved' AND expires_at IS NOT NULL
UNION ALL SELECT '{Timer.ACKNOWLEDGEMENT}', min(acknowledged_until) FROM alerts
    WHERE state = 'acknowledged' AND acknowledged_until IS NOT NULL
UNION ALL SELECT '{Timer.ESCALATION}', min(due_at) FROM escalations
UNION ALL SELECT '{Timer.NAMED}', min(due_at) FROM timers
UNION ALL SELECT '{Timer.STORM}', min(until) FROM storms
UNION ALL SELECT '{Timer.FLAPPING}', min(look_at) FROM flapping WHERE look_at IS NOT NULL
UNION ALL SELECT '{Timer.EFFECT}', min(due_at) FROM effects
    WHERE kind IN ('prepare', 'rehearse', 'execute', 'roll_back')
    AND state IN ('pending', 'started', 'in_doubt') AND state <> 'started'
UNION ALL SELECT '{Timer.EFFECT}', min(due_at) FROM effects WHERE seq IN ({effects.HEADS}) AND state <> 'started'
"""  # noqa: S608 (no value from outside)


class SqliteQueries:
    def __init__(self, readers: Readers, engines_own: Readers, keys: SigningKey) -> None:
        """`engines_own`: for what the engine asks at each of its turns, so that it never waits behind the faces."""
        self._readers, self._engines_own, self._chain = readers, engines_own, Chain(readers, keys)
        self._verifies = False

    async def runs(
        self, limit: int, before: str | None = None, inspection: str | None = None, state: str | None = None
    ) -> Page[Run]:
        async with self._readers.session() as session:
            return as_page(RUNS, *await RUNS.page(session, limit, before, inspection=inspection, state=state))

    async def run(self, run_id: str) -> Run:
        async with self._readers.session() as session:
            return runs.from_row(await RUNS.find(session, run_id))

    async def reports(self, limit: int, before: str | None = None, source: str | None = None) -> Page[Report]:
        async with self._readers.snapshot() as session:
            rows, following = await REPORTS.page(session, limit, before, source=source)
            found = await reports.with_findings(session, rows)
            return Page(found, following if len(found) == len(rows) else found[-1].id)

    async def report(self, report_id: str) -> Report:
        async with self._readers.snapshot() as session:
            return (await reports.with_findings(session, [await REPORTS.find(session, report_id)]))[0]

    async def verdicts(self, report_ids: Sequence[str]) -> Mapping[str, Verdict]:
        async with self._readers.session() as session:
            rows = await session.rows(reports.VERDICTS, {"ids": json.dumps(list(report_ids))})
        return {row["id"]: Verdict(row["verdict"]) for row in rows}

    async def triggers(self, run_ids: Sequence[str]) -> Mapping[str, Trigger]:
        async with self._readers.session() as session:
            rows = await session.rows(runs.TRIGGERS, {"ids": json.dumps(list(run_ids))})
        return {row["id"]: Trigger(row["trigger"]) for row in rows}

    async def latest_reports(self) -> Sequence[Report]:
        async with self._readers.session() as session:
            return [reports.without_findings(row) for row in await session.rows(reports.LATEST)]

    async def findings(
        self, limit: int, before: str | None = None, source: str | None = None, severity: str | None = None
    ) -> Page[FoundIn]:
        async with self._readers.session() as session:
            return as_page(FINDINGS, *await FINDINGS.page(session, limit, before, source=source, severity=severity))

    async def cases(self, limit: int, before: str | None = None, open_only: bool = False) -> Page[Case]:
        listing = OPEN_CASES if open_only else CASES
        async with self._readers.session() as session:
            return as_page(listing, *await listing.page(session, limit, before))

    async def case(self, case_id: str) -> Case:
        async with self._readers.session() as session:
            return cases.from_row(await CASES.find(session, case_id))

    async def cases_by_id(self, case_ids: Sequence[str]) -> Mapping[str, Case]:
        async with self._readers.session() as session:
            rows = await session.rows(cases.THOSE, {"ids": json.dumps(list(case_ids))})
        return {row["id"]: cases.from_row(row) for row in rows}

    async def solved_cases(self, limit: int, before: str | None = None, check: str | None = None) -> Page[SolvedCase]:
        async with self._readers.session() as session:
            return as_page(MEMORIES, *await MEMORIES.page(session, limit, before, check=check))

    async def solved_case(self, memory_id: str) -> SolvedCase:
        async with self._readers.session() as session:
            return solved_cases.from_row(await MEMORIES.find(session, memory_id))

    async def remembered_checks(self) -> frozenset[str]:
        async with self._engines_own.session() as session:
            return frozenset(row["check"] for row in await session.rows(solved_cases.CHECKS))

    async def solved_before(self, checks: Collection[str]) -> Sequence[SolvedCase]:
        async with self._engines_own.session() as session:
            return await solved_cases.of_checks(session, checks)

    async def jobs(self) -> Sequence[Job]:
        async with self._readers.session() as session:
            return [jobs.from_row(row) for row in await session.rows(jobs.ALL)]

    async def inquiries(self, limit: int, before: str | None = None, session: str | None = None) -> Page[Inquiry]:
        async with self._readers.session() as reading:
            return as_page(INQUIRIES, *await INQUIRIES.page(reading, limit, before, session_id=session))

    async def inquiry(self, inquiry_id: str) -> Inquiry:
        async with self._readers.session() as session:
            return inquiries.from_row(await INQUIRIES.find(session, inquiry_id))

    async def newest_inquiry_of(self, by: str) -> Inquiry | None:
        async with self._readers.session() as session:
            row = await session.first(inquiries.NEWEST_OF, {"asked_by": by})
        return inquiries.from_row(row) if row else None

    async def spent(self, run_id: str, inspection_id: str, day: datetime, month: datetime) -> Spent:
        whose = model_calls.spent_of(run_id, inspection_id, day, month)
        async with self._engines_own.session() as session:
            (row,) = await session.rows(model_calls.SPENT, whose)
        return model_calls.spent_from_row(row)

    async def spending(self, since: datetime) -> Sequence[Spending]:
        async with self._readers.session() as session:
            rows = await session.rows(model_calls.SPENDING, {"since": micros(since)})
        return [model_calls.spending_from_row(row) for row in rows]

    async def analyses(self, inspection: str) -> tuple[Sequence[KeptAnalysis], Sequence[tuple[str, str]]]:
        async with self._engines_own.session() as session:
            known = await session.rows(analyses.OF, {"inspection": inspection})
            flaps = await session.rows(analyses.FLAPS, {"inspection": inspection})
        return [analyses.from_row(row) for row in known], [(row["check"], row["object"]) for row in flaps]

    async def memories(self, source: str) -> Mapping[Place, Pieces]:
        async with self._engines_own.session() as session:
            return memories.by_place(await session.rows(memories.OF, {"source": source}))

    async def open_of(self, source: str) -> Mapping[tuple[str, str], Severity]:
        async with self._engines_own.session() as session:
            rows = await session.rows(cases.SEVERITIES_OF, {"source": source})
        return {(row["check"], row["object"]): Severity(row["severity"]) for row in rows}

    async def worst_open(self) -> Mapping[str, Severity]:
        async with self._readers.session() as session:
            rows = await session.rows(cases.WORST_OPEN)
        return {row["source"]: tuple(Severity)[row["rank"]] for row in rows}

    async def alerts(self, limit: int, before: str | None = None, state: str | None = None) -> Page[Alert]:
        async with self._readers.session() as session:
            return as_page(ALERTS, *await ALERTS.page(session, limit, before, state=state))

    async def worst_alerts(self, limit: int) -> Sequence[Alert]:
        async with self._readers.session() as session:
            return [alerts.from_row(row) for row in await session.rows(alerts.WORST, {"limit": limit})]

    async def alert(self, alert_id: str) -> Alert:
        async with self._readers.session() as session:
            return alerts.from_row(await ALERTS.find(session, alert_id))

    async def open_alerts(self, after: Alert | None, limit: int) -> Sequence[Alert]:
        async with self._readers.session() as session:
            return await AlertRepository(session).open_after(after, limit)

    async def silences(self, limit: int, before: str | None = None) -> Page[Silence]:
        async with self._readers.session() as session:
            return as_page(SILENCES, *await SILENCES.page(session, limit, before))

    async def unexpired_silences(self, now: datetime) -> Sequence[Silence]:
        async with self._readers.session() as session:
            return await SilenceRepository(session).unexpired(now)

    async def silence(self, silence_id: str) -> Silence:
        async with self._readers.session() as session:
            return silences.from_row(await SILENCES.find(session, silence_id))

    async def incidents(self, limit: int, before: str | None = None, state: str | None = None) -> Page[Incident]:
        async with self._readers.session() as session:
            return as_page(INCIDENTS, *await INCIDENTS.page(session, limit, before, state=state))

    async def incident(self, incident_id: str, now: datetime) -> IncidentFile:
        async with self._readers.snapshot() as session:
            incident = incidents.from_row(await INCIDENTS.find(session, incident_id))
            members = await timeline.members_of(session, incident.id)
            return IncidentFile(incident, members, await timeline.timeline_of(session, incident, members, now))

    async def storms(self) -> Sequence[Storm]:
        async with self._readers.session() as session:
            return [storms.from_row(row) for row in await session.rows(storms.ALL)]

    async def windows(self, limit: int, before: str | None = None) -> Page[Window]:
        async with self._readers.session() as session:
            return as_page(WINDOWS, *await WINDOWS.page(session, limit, before))

    async def window(self, window_id: str) -> Window:
        async with self._readers.session() as session:
            return maintenance.from_row(await WINDOWS.find(session, window_id))

    async def decisions(self, limit: int, before: str | None = None, state: str | None = None) -> Page[Decision]:
        async with self._readers.session() as session:
            return as_page(DECISIONS, *await DECISIONS.page(session, limit, before, state=state))

    async def decision(self, decision_id: str) -> Decision:
        async with self._readers.session() as session:
            return decisions.from_row(await DECISIONS.find(session, decision_id))

    async def messages(
        self, limit: int, before: str | None = None, state: MessageState | None = None
    ) -> Page[QueuedEffect]:
        async with self._readers.session() as session:
            return as_page(MESSAGES[state], *await MESSAGES[state].page(session, limit, before))

    async def message(self, message_id: str) -> QueuedEffect:
        async with self._readers.session() as session:
            found = effects.from_row(await MESSAGES[None].find(session, message_id))
        if found.kind is not EffectKind.SEND:
            raise NotFound(f"no message {message_id}")
        return found

    async def outbox(self) -> Mapping[str, tuple[int, int]]:
        async with self._readers.session() as session:
            rows = await session.rows(effects.QUEUES)
        return {row["recipient"]: (row["pending"], row["dead"]) for row in rows}

    async def changes(self, limit: int, before: str | None = None) -> Page[Change]:
        async with self._readers.session() as session:
            return as_page(CHANGES, *await CHANGES.page(session, limit, before))

    async def change(self, change_id: str) -> Change:
        async with self._readers.session() as session:
            return changes.from_row(await CHANGES.find(session, change_id))

    async def standings(self) -> Sequence[Standing]:
        async with self._readers.session() as session:
            return await standings.all_standings(session)

    async def intents(self, limit: int, before: str | None = None, kind: str | None = None) -> Page[Intent]:
        async with self._readers.session() as session:
            return as_page(INTENTS, *await INTENTS.page(session, limit, before, kind=kind))

    async def intents_after(self, number: int, limit: int) -> Sequence[Intent]:
        async with self._readers.session() as session:
            rows = await session.rows(intents.AFTER, {"number": number, "limit": limit})
        return [intents.from_row(row) for row in rows]

    async def document_versions(self, inspection: str) -> Sequence[DocumentVersion]:
        wanted = {"inspection": inspection, "limit": MOST_VERSIONS}
        async with self._readers.session() as session:
            return [documents.from_row(row) for row in await session.rows(documents.OF_INSPECTION, wanted)]

    async def checkpoints(self, limit: int, before: str | None = None) -> Page[Checkpoint]:
        async with self._readers.session() as session:
            return as_page(CHECKPOINTS, *await CHECKPOINTS.page(session, limit, before))

    async def verify_intents(self) -> ChainVerdict:
        if self._verifies:
            raise Overloaded("the chain is being verified already; try again in a moment")
        self._verifies = True
        try:
            return await self._chain.verify()
        finally:
            self._verifies = False

    async def events(self, after: int, limit: int) -> Sequence[StreamEvent]:
        async with self._readers.session() as session:
            return [events.from_row(row) for row in await session.rows(EVENTS, {"after": after, "limit": limit})]

    async def last_event_id(self) -> int:
        async with self._readers.session() as session:
            return await events.newest_event_id(session)

    async def due_dates(self) -> Mapping[Timer, datetime]:
        """A message that waits behind an older one of its recipient is not due before that one is."""
        async with self._engines_own.session() as session:
            rows = await session.rows(DUE_DATES)
        found: dict[Timer, datetime] = {}
        for row in rows:
            timer, due = Timer(row["timer"]), moment_or_none(row["due"])
            if due is not None:
                found[timer] = min(due, found.get(timer, due))
        return found

    async def every_series(self, limit: int, before: str | None = None, check: str | None = None) -> Page[Series]:
        async with self._readers.session() as session:
            return as_page(SERIES, *await SERIES.page(session, limit, before, check=check))

    async def points(
        self, check: str, object_: str, since: datetime, until: datetime, width_s: float
    ) -> Sequence[Point]:
        span = (int(since.timestamp()), math.ceil(until.timestamp()), max(1, int(width_s)))
        async with self._readers.snapshot() as session:
            return await aggregates.points_of(session, check, object_, *span)

    async def setting(self, name: str) -> object | None:
        async with self._engines_own.session() as session:
            return await SettingRepository(session).get(name)

    async def series_by_check(self) -> Mapping[str, int]:
        """How many objects' numbers are kept."""
        async with self._readers.session() as session:
            return series.by_check(await session.rows(series.BY_CHECK))

    async def counts(self) -> Mapping[str, int]:
        async with self._readers.session() as session:
            row = await session.first(COUNTS)
            return {} if row is None else {name: row[name] for name in row.keys()}  # noqa: SIM118 (a Row iterates over values)

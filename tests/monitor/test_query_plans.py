"""Every statement that the monitor runs is explained by SQLite: none may go through a whole table."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.effect import EffectKind, MessageState
from probed.core.escalation import Escalation
from probed.core.hold import Hold
from probed.core.storm import Gathered
from probed.core.transcript import TranscriptKind
from probed.monitor import runs
from probed.monitor.pages import _page_sql
from probed.monitor.queries import FINDINGS, RUNS
from probed.monitor.retention import Lifetimes
from probed.monitor.session import NO_PARAMETERS, Parameters, Session
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import (
    NOW,
    RESTART,
    make_alert,
    make_change,
    make_decision,
    make_execution,
    make_flapping,
    make_incident,
    make_message,
    make_window,
)
from tests.monitor.filling import add_case, add_report

SMALL = {
    "names",
    "json_each",
    "wanted",
    "own",
    "digest_lines",
    "timers",
    "storms",
    "series",
    "chat_members",
    "pairing_codes",
    "checkpoints",
    "transcripts",
}
"""Rows that the query itself makes, and tables that stay small or are read as a whole on purpose."""
SCAN = re.compile(r"^SCAN (\w+)(?!.*USING (COVERING )?INDEX)")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What the monitor ran, for as long as the test lasts."""
    ran: set[str] = set()
    rows, run = Session.rows, Session.run

    async def recording_rows(self: Session, sql: str, parameters: Parameters = NO_PARAMETERS) -> object:
        ran.add(sql)
        return await rows(self, sql, parameters)

    async def recording_run(self: Session, sql: str, parameters: Parameters = NO_PARAMETERS) -> int:
        ran.add(sql)
        return await run(self, sql, parameters)

    monkeypatch.setattr(Session, "rows", recording_rows)
    monkeypatch.setattr(Session, "run", recording_run)
    return ran


def plan_of(path: Path, sql: str) -> list[str]:
    names = set(re.findall(r":(\w+)", sql))
    with closing(sqlite3.connect(path)) as database:
        return [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", dict.fromkeys(names, "1"))]


def scanned(path: Path, sql: str) -> set[str]:
    tables = {match[1] for line in plan_of(path, sql) if (match := SCAN.match(line))}
    return tables - SMALL - {"CONSTANT"}


async def use_everything(monitor: SqliteMonitor) -> None:
    await add_report(monitor)
    case = await add_case(monitor)
    execution, alert, decision = make_execution(case), make_alert(case), make_decision(case)
    async with monitor.transaction() as tx:
        await tx.alerts.save(alert)
        await tx.decisions.save(decision)
        await tx.effects.save(execution)
        await tx.effects.save(make_message())
        await tx.changes.save(make_change(case, execution))
        await tx.cases.open_of("disks")
        await tx.cases.due(NOW)
        await tx.runs.unfinished()
        await tx.runs.last_started()
        await tx.runs.has_run("disks")
        await tx.inquiries.unfinished()
        await tx.reports.streak_of_unknown("disks")
        await tx.reports.streak_of_unknown("disks", before="a report")
        await tx.alerts.of_case(case.id)
        await tx.alerts.of_group("group")
        await tx.alerts.newest_of([alert.fingerprint])
        await tx.alerts.ending(NOW, 10)
        await tx.alerts.open_after(None, 10)
        await tx.alerts.open_with({"severity": "warning"})
        await tx.groups.get_all(["group"])
        await tx.groups.every()
        await tx.groups.memberships([alert.id])
        await tx.groups.drop_members("group", [alert.id])
        await tx.groups.dissolve(["group"])
        await tx.records.of_groups(["group"])
        await tx.silences.unexpired(NOW)
        await tx.silences.count_unexpired(NOW)
        await tx.silences.of_alerts([alert.id], NOW)
        await tx.alerts.firing_of([alert.id])
        await tx.groups.get("group")
        await tx.groups.due(NOW, 10)
        await tx.decisions.open_of(case.id)
        await tx.decisions.waiting()
        await tx.decisions.due(NOW)
        await tx.decisions.similar(make_decision(case), "disk", 5)
        for kind in EffectKind:
            await tx.effects.due(kind, NOW, 10)
        await tx.effects.started()
        await tx.effects.last_receipt("group", "telegram")
        await tx.effects.queued_for("telegram", 10)
        await tx.effects.hasten_messages(NOW)
        await tx.effects.hasten_messages(NOW, "telegram")
        await tx.effects.bury_oldest("telegram", 10, NOW, "too many")
        await tx.effects.is_posted("group")
        await tx.effects.undelivered_about("group")
        await tx.effects.told("group")
        await tx.changes.last_of(RESTART, NOW)
        await tx.chats.members()
        await tx.chats.move(1, 2)
        await tx.chats.code()
        await tx.chats.keep_code(None)
        await tx.chats.press("token", 7, NOW, NOW)
        await tx.chats.take_back("token", 7)
        await tx.digests.take()
        await tx.settings.get("mode")
        await tx.reports.answers_since("disks", 0)
        await tx.alerts.open_about(["/srv"])
        await tx.cases.worked_on(["/srv"])
        await tx.holds.save_all([Hold(alert.id, "as the test says", NOW)])
        await tx.holds.of([alert.id])
        await tx.alerts.lapsing(NOW)
        await tx.alerts.held_for("as the test says")
        await tx.alerts.begun_since(NOW, 10)
        await tx.changes.count_since(NOW)
        await tx.effects.posted_since("telegram", NOW, 10)
        await tx.incidents.save_all([make_incident(id="i", closed_at=NOW), make_incident(id="j")])
        await tx.incidents.join({alert.id: "i"})
        await tx.incidents.remember({"object /srv": "i", "told group": "i"})
        await tx.incidents.of_alerts([alert.id])
        await tx.alerts.get_all([alert.id])
        await tx.alerts.open_of([alert.fingerprint])
        await tx.incidents.by_keys(["object /srv"])
        await tx.incidents.move("j", "i")
        await tx.timers.set("t", NOW)
        await tx.timers.get("t")
        await tx.timers.remove("t")
        await tx.storms.begin("telegram", NOW)
        await tx.storms.hold("telegram", Gathered("subject", "one"))
        await tx.storms.is_under_way("telegram")
        await tx.storms.due(NOW)
        await tx.storms.end("telegram")
        await tx.escalations.begin([Escalation(alert.id, 0, NOW, NOW)])
        await tx.escalations.save(Escalation(alert.id, 1, NOW, NOW))
        await tx.escalations.due(NOW)
        await tx.escalations.remove([alert.id])
        await tx.windows.save(make_window(id="w"))
        await tx.windows.get("w")
        await tx.windows.not_over(NOW)
        await tx.holds.let_go([alert.id])
        await tx.flapping.save_all([make_flapping()])
        await tx.flapping.of(["f"])
        await tx.flapping.due(NOW)
        await tx.shift(3600.0)
    await monitor.incident("i", NOW)
    await monitor.storms()
    for source in (None, "disks"):
        await monitor.reports(10, source=source)
        for other in (None, "ok"):
            await monitor.runs(10, "x", inspection=source, state=other)
            await monitor.findings(10, "1", source=source, severity=other)
    for state in (None, "firing"):
        await monitor.alerts(10, state=state)
        await monitor.decisions(10, state=state)
    for open_only in (True, False):
        await monitor.cases(10, open_only=open_only)
    await monitor.changes(10)
    for wanted in (None, *MessageState):
        await monitor.messages(10, "x", state=wanted)
    await monitor.outbox()
    await monitor.newest_inquiry_of("uid:0")
    for session in (None, "s"):
        await monitor.inquiries(10, "x", session=session)
    await monitor.silences(10)
    await monitor.unexpired_silences(NOW)
    await monitor.intents(10)
    await monitor.intents_after(3, 10)
    await monitor.document_versions("disks")
    await monitor.intents(10, kind="blocker")
    await monitor.case(case.id)
    await monitor.latest_reports()
    await monitor.verdicts([execution.id])
    await monitor.worst_open()
    await monitor.open_of("services")
    await monitor.verify_intents()
    await monitor.checkpoints(10)
    await monitor.keep_transcript("r", TranscriptKind.INVESTIGATION, "{}")
    await monitor.transcript("r")
    await monitor.keep_transcript("r", TranscriptKind.EVIDENCE, "{}")
    await monitor.evidence("r")
    await monitor._chain.cut(monitor.transaction, timedelta(days=1), NOW + timedelta(days=9))
    await monitor.events(0, 10)
    await monitor.last_event_id()
    await monitor.due_dates()
    await monitor.every_series(10, check="disk")
    await monitor.points("disk", "/srv", NOW - timedelta(days=9), NOW, 60)
    await monitor.counts()
    await monitor.prune(NOW + timedelta(days=1), Lifetimes(1, 1, 1, 1, 1), 1)


async def test_no_statement_goes_through_a_whole_table(monitor: SqliteMonitor, statements: set[str]) -> None:
    await use_everything(monitor)

    explained = {sql for sql in statements if sql.split()[0] in ("SELECT", "WITH", "UPDATE", "DELETE")}
    assert len(explained) > 50
    assert {sql: scanned(monitor.path, sql) for sql in explained if scanned(monitor.path, sql)} == {}


async def test_a_scan_would_be_noticed(monitor: SqliteMonitor) -> None:
    assert scanned(monitor.path, "SELECT * FROM runs WHERE reason = 'x'") == {"runs"}


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("SELECT * FROM cases WHERE source = :source AND stage <> 'resolved'", "cases_open_once"),
        ("SELECT count(*) FROM cases WHERE stage <> 'resolved'", "cases_open"),
        ("SELECT * FROM cases WHERE stage <> 'resolved' AND seq < :before ORDER BY seq DESC", "cases_open"),
        ("SELECT * FROM effects WHERE state IN ('pending', 'started', 'in_doubt')", "effects_undone"),
        (runs.HAS_RUN, "runs_of_inspections"),
        (_page_sql(RUNS, ("inspection", "state")), "runs_by_inspection_and_state"),
        (_page_sql(FINDINGS, ("source", "severity")), "findings_by_source_and_severity"),
    ],
)
async def test_the_index_that_holds_the_fewest_rows_is_used(monitor: SqliteMonitor, sql: str, index: str) -> None:
    assert index in " ".join(plan_of(monitor.path, sql))

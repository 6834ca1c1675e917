"""The timeline of an incident, put together from what the monitor holds of its alerts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import cast

from probed.core.alert import Alert, AlertState
from probed.core.card import Card
from probed.core.change import Change
from probed.core.decision import Decision
from probed.core.effect import ABOUT, QueuedEffect
from probed.core.hours import TOLD_AT_THE_END
from probed.core.incident import TOLD, Entry, Incident, Kind, shortened
from probed.core.intent import Intent
from probed.core.storm import GATHERED_TOGETHER
from probed.monitor import alerts, changes, decisions, effects, intents
from probed.monitor.cells import micros, moment, to_json
from probed.monitor.session import Parameters, Row, Session

MOST_OF_EACH = 2000
"""The newest ones of each kind."""
BEFORE, AFTER = timedelta(hours=1), timedelta(minutes=10)

MEMBERS = """
SELECT alerts.* FROM incident_alerts JOIN alerts ON alerts.id = incident_alerts.alert_id
WHERE incident_alerts.incident_id = :incident_id ORDER BY alerts.seq
"""
KEYS = 'SELECT "key" FROM incident_keys WHERE incident_id = :incident_id'
FINDINGS = """
SELECT * FROM (
    SELECT findings.*, reports.run_id, lag(findings.severity) OVER (
        PARTITION BY findings.source, findings."check", findings.object ORDER BY findings.seq
    ) AS severity_before
    FROM findings JOIN reports ON reports.id = findings.report_id
    WHERE findings.source IN (SELECT json_extract(value, '$[0]') FROM json_each(:members))
    AND (+findings.source, findings."check", findings.object) IN (
        SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
        FROM json_each(:members)
    )
    AND findings.at BETWEEN :since AND :until
) WHERE severity_before IS NOT severity ORDER BY seq DESC LIMIT :most
"""
CHANGES = """
SELECT * FROM changes WHERE case_id IN (SELECT value FROM json_each(:ids)) ORDER BY seq DESC LIMIT :most
"""
DECISIONS = """
SELECT * FROM decisions WHERE case_id IN (SELECT value FROM json_each(:ids)) ORDER BY seq DESC LIMIT :most
"""
MESSAGES = """
SELECT * FROM effects WHERE subject IN (SELECT value FROM json_each(:ids)) AND kind = 'send' AND state = 'done'
AND created_at BETWEEN :since AND :until ORDER BY seq DESC LIMIT :most
"""
INTENTS = """
SELECT * FROM intents WHERE subject IN (SELECT value FROM json_each(:ids))
AND kind IN ('audit', 'note', 'blocker') AND at BETWEEN :since AND :until ORDER BY number DESC LIMIT :most
"""


async def members_of(session: Session, incident_id: str) -> Sequence[Alert]:
    return [alerts.from_row(row) for row in await session.rows(MEMBERS, {"incident_id": incident_id})]


async def timeline_of(session: Session, incident: Incident, members: Sequence[Alert], now: datetime) -> Sequence[Entry]:
    """The oldest first."""
    shelf = _Shelf(session)
    span = {"since": micros(incident.opened_at - BEFORE), "until": micros((incident.closed_at or now) + AFTER)}
    case_ids = [alert.case_id for alert in members if alert.case_id]
    asked = {"ids": to_json(case_ids)}
    made = [changes.from_row(row) for row in await shelf.newest("actions", CHANGES, asked)]
    questions = [decisions.from_row(row) for row in await shelf.newest("decisions", DECISIONS, asked)]
    told_in = [row["key"] for row in await session.rows(KEYS, {"incident_id": incident.id})]
    groups = [key.removeprefix(TOLD) for key in told_in if key.startswith(TOLD)]
    ids = [*(alert.id for alert in members), *case_ids, *(question.id for question in questions), incident.id]
    told = [*ids, *groups]
    about = {**span, "ids": to_json([*told, TOLD_AT_THE_END, GATHERED_TOGETHER])}
    messages = [effects.from_row(row) for row in await shelf.newest("messages", MESSAGES, about)]
    notes = [intents.from_row(row) for row in await shelf.newest("notes", INTENTS, {**span, "ids": to_json(ids)})]
    found = await _findings(shelf, members, span)
    entries = [
        *(entry for alert in members for entry in _of_alert(alert)),
        *(entry for row in found for entry in _of_finding(row)),
        *(entry for change in made for entry in _of_change(change)),
        *(entry for question in questions for entry in _of_decision(question)),
        *(_of_message(message) for message in messages if _tells_of(message, frozenset(told))),
        *map(_of_intent, notes),
        *shelf.what_is_left_out(incident.opened_at),
    ]
    return shortened(sorted(dict.fromkeys(entries), key=lambda entry: entry.at))


class _Shelf:
    """What there is of each kind, up to a bound."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._cut: list[str] = []

    async def newest(self, kind: str, statement: str, asked: Parameters) -> Sequence[Row]:
        """In the order of their coming."""
        rows = await self._session.rows(statement, {**asked, "most": MOST_OF_EACH + 1})
        if len(rows) > MOST_OF_EACH:
            self._cut.append(kind)
        return rows[:MOST_OF_EACH][::-1]

    def what_is_left_out(self, at: datetime) -> Iterator[Entry]:
        if self._cut:
            yield Entry(at, Kind.NOTE, f"only the newest {MOST_OF_EACH} {', '.join(self._cut)} are in this timeline")


async def _findings(shelf: _Shelf, members: Sequence[Alert], span: dict[str, int]) -> Sequence[Row]:
    """A finding is repeated by each report: what tells is the first, and when it gets better or worse."""
    names = ("source", "alertname", "object")
    found = [[alert.labels.get(name, "") for name in names] for alert in members if alert.case_id]
    return await shelf.newest("findings", FINDINGS, {**span, "members": to_json(found)})


def _of_alert(alert: Alert) -> Iterator[Entry]:
    yield Entry(alert.starts_at, Kind.ALERT, f"fires ({alert.severity}): {alert.summary}", alert.id)
    if alert.state is AlertState.RESOLVED:
        yield Entry(alert.ends_at or alert.updated_at, Kind.ALERT, f"resolved: {alert.summary}", alert.id)


def _of_finding(row: Row) -> Iterator[Entry]:
    at = moment(row["at"])
    yield Entry(at, Kind.RUN, f"a run of {row['source']} reported it", row["run_id"])
    yield Entry(at, Kind.FINDING, f"{row['severity']}: {row['summary']}", row["report_id"])


def _of_change(change: Change) -> Iterator[Entry]:
    outcome = change.outcome.replace("_", " ")
    detail = f" ({change.detail})" if change.detail else ""
    yield Entry(change.started_at, Kind.ACTION, f"{change.level} {change.call.key}, by {change.by}", change.id)
    yield Entry(change.ended_at, Kind.ACTION, f"{change.call.key}: {outcome}{detail}", change.id)
    if change.rolled_back_at:
        yield Entry(change.rolled_back_at, Kind.ACTION, f"{change.call.key} rolled back: {change.roll_back}", change.id)


def _of_decision(decision: Decision) -> Iterator[Entry]:
    yield Entry(decision.created_at, Kind.DECISION, f"asked: {decision.call.key} ({decision.reason})", decision.id)
    if decision.decided_at:
        by = f" by {decision.decided_by}" if decision.decided_by else ""
        note = f": {decision.note}" if decision.note else ""
        yield Entry(decision.decided_at, Kind.DECISION, f"{decision.call.key}: {decision.state}{by}{note}", decision.id)


def _tells_of(message: QueuedEffect, ids: frozenset[str]) -> bool:
    """Of the message at the end of quiet hours its sections know, of that after a storm the subjects that it keeps."""
    if message.subject == GATHERED_TOGETHER:
        return not ids.isdisjoint(cast(Sequence[str], message.payload.get(ABOUT, ())))
    if message.subject != TOLD_AT_THE_END:
        return True
    return any(section.subject in ids for section in Card.from_payload(message.payload).sections)


def _of_message(message: QueuedEffect) -> Entry:
    title = Card.from_payload(message.payload).title
    return Entry(message.ended_at or message.created_at, Kind.MESSAGE, f"to {message.recipient}: {title}", message.id)


def _of_intent(intent: Intent) -> Entry:
    return Entry(intent.at, Kind.NOTE, f"{intent.actor}: {intent.text}", intent.subject)

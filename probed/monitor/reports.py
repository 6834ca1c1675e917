"""Reports and their findings in the monitor."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from probed.core.finding import Finding, Severity
from probed.core.report import Report, Verdict
from probed.monitor.calls import call_from_json, call_to_json
from probed.monitor.cells import mapping, micros, moment, texts, texts_to_json, to_json
from probed.monitor.groundings import grounding_from_json, grounding_to_json
from probed.monitor.pages import Room, size_of
from probed.monitor.session import Row, Session
from probed.monitor.statements import insert_into, select_from, table
from probed.ports import FoundIn

STREAK_LIMIT = 5
MOST_ANSWERS = 32
"""As many as are counted."""
PIECE = 10
"""Reports whose findings are read at once: one may have thousands."""


REPORTS = table(
    "reports",
    "seq id run_id source verdict summary created_at unanswered notes cost_usd partial carried_from grounding",
)
FINDINGS = table(
    "findings",
    "seq report_id source at check object severity summary evidence proposed_action ttl_s grounding",
)
INSERT_REPORT = insert_into(REPORTS)
INSERT_FINDING = insert_into(FINDINGS)
SELECT_NEWEST, SELECT_NEWEST_BEFORE = (
    select_from(REPORTS, "source = :source", "NOT partial", *bound, order="seq DESC", what="verdict, unanswered")
    + " LIMIT :limit"
    for bound in ((), ("seq < (SELECT seq FROM reports WHERE id = :before)",))
)
ANSWERS_SINCE = f"""
SELECT count(*) AS answers, coalesce(max(seq), :after) AS newest FROM (
    SELECT seq FROM reports WHERE source = :source AND seq > :after AND verdict <> 'unknown'
    ORDER BY seq DESC LIMIT {MOST_ANSWERS}
)
"""  # noqa: S608 (no value from outside)
FINDINGS_OF = """
SELECT * FROM findings WHERE report_id IN (SELECT value FROM json_each(:report_ids)) ORDER BY seq
"""
VERDICTS = "SELECT id, verdict FROM reports WHERE id IN (SELECT value FROM json_each(:ids))"
LATEST = """
WITH RECURSIVE names(name) AS (
    SELECT min(source) FROM reports
    UNION ALL
    SELECT (SELECT min(source) FROM reports WHERE source > name) FROM names WHERE name IS NOT NULL
)
SELECT reports.* FROM names JOIN reports ON reports.seq = (
    SELECT max(seq) FROM reports WHERE source = name AND NOT partial
)
ORDER BY name
"""
"""Jumps from source to source in the index: the number of reports does not matter. What is partial is no source's last
word."""


def to_row(report: Report) -> dict[str, object]:
    return {
        "id": report.id,
        "run_id": report.run_id,
        "source": report.source,
        "verdict": report.verdict.value,
        "summary": report.summary,
        "created_at": micros(report.created_at),
        "unanswered": texts_to_json(report.unanswered),
        "notes": texts_to_json(report.notes),
        "cost_usd": report.cost_usd,
        "partial": report.is_partial,
        "carried_from": report.carried_from,
        "grounding": grounding_to_json(report.grounding),
    }


def finding_to_row(finding: Finding, report: Report, at: int) -> dict[str, object]:
    return {
        "report_id": report.id,
        "source": report.source,
        "at": at,
        "check": finding.check,
        "object": finding.object,
        "severity": finding.severity.value,
        "summary": finding.summary,
        "evidence": to_json(finding.evidence),
        "proposed_action": None if finding.proposed_action is None else call_to_json(finding.proposed_action),
        "ttl_s": finding.ttl_s,
        "grounding": grounding_to_json(finding.grounding),
    }


def from_row(row: Row, findings: Iterable[Row]) -> Report:
    return Report(
        id=row["id"],
        run_id=row["run_id"],
        source=row["source"],
        verdict=Verdict(row["verdict"]),
        summary=row["summary"],
        findings=tuple(finding_from_row(finding) for finding in findings),
        created_at=moment(row["created_at"]),
        unanswered=texts(row["unanswered"]),
        notes=texts(row["notes"]),
        cost_usd=row["cost_usd"],
        is_partial=bool(row["partial"]),
        carried_from=row["carried_from"],
        grounding=grounding_from_json(row["grounding"]),
    )


def finding_from_row(row: Row) -> Finding:
    return Finding(
        check=row["check"],
        object=row["object"],
        severity=Severity(row["severity"]),
        summary=row["summary"],
        evidence=mapping(row["evidence"]),
        proposed_action=None if row["proposed_action"] is None else call_from_json(row["proposed_action"]),
        ttl_s=row["ttl_s"],
        grounding=grounding_from_json(row["grounding"]),
    )


def found_from_row(row: Row) -> FoundIn:
    return FoundIn(row["seq"], row["report_id"], row["source"], moment(row["at"]), finding_from_row(row))


def without_findings(row: Row) -> Report:
    return from_row(row, ())


async def with_findings(session: Session, rows: Sequence[Row]) -> list[Report]:
    """The reports of these rows, the first ones of them where all would be too large for a page; reads the findings of
    several with one statement."""
    room, reports = Room(), list[Report]()
    for start in range(0, len(rows), PIECE):
        piece = rows[start : start + PIECE]
        found = await session.rows(FINDINGS_OF, {"report_ids": json.dumps([row["id"] for row in piece])})
        by_report: Mapping[str, list[Row]] = {row["id"]: [] for row in piece}
        for finding in found:
            by_report[finding["report_id"]].append(finding)
        whole = [(row, by_report[row["id"]]) for row in piece]
        fitting = room.fill(whole, lambda report: size_of(report[0]) + sum(map(size_of, report[1])))
        reports += [from_row(row, findings) for row, findings in fitting]
        if len(fitting) < len(piece):
            break
    return reports


HAS_ROOM = """
WITH RECURSIVE names(name) AS (
    SELECT min(source) FROM reports
    UNION ALL
    SELECT (SELECT min(source) FROM reports WHERE source > name) FROM names WHERE name IS NOT NULL
)
SELECT EXISTS (SELECT 1 FROM reports WHERE source = :source) OR (SELECT count(name) FROM names) < :most AS has_room
"""


class ReportRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, report: Report) -> None:
        row = to_row(report)
        await self._session.write(INSERT_REPORT, row)
        if report.findings:
            at = micros(report.created_at)
            rows = [finding_to_row(finding, report, at) for finding in report.findings]
            await self._session.write_each(INSERT_FINDING, rows)

    async def has_room_for(self, source: str, most: int) -> bool:
        row = await self._session.first(HAS_ROOM, {"source": source, "most": most})
        return row is None or bool(row["has_room"])

    async def answers_since(self, source: str, number: int) -> tuple[int, int]:
        row = await self._session.first(ANSWERS_SINCE, {"source": source, "after": number})
        return (0, number) if row is None else (row["answers"], row["newest"])

    async def streak_of_unknown(self, source: str, before: str = "") -> int:
        """Reads at most STREAK_LIMIT reports: a longer streak counts as one of that length."""
        query = SELECT_NEWEST_BEFORE if before else SELECT_NEWEST
        named = {"before": before} if before else {}
        rows = await self._session.rows(query, {"source": source, "limit": STREAK_LIMIT} | named)
        streak = 0
        for row in rows:
            if row["verdict"] != Verdict.UNKNOWN.value and row["unanswered"] == "[]":
                break
            streak += 1
        return streak

"""What models were asked about inspections and what they said, as long as it may still count."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from probed.core.evidence_gate import KeptAnalysis
from probed.core.evidence_mark import Mark
from probed.core.finding import Finding, Severity
from probed.core.report import Verdict
from probed.monitor.calls import call_from_json, call_to_json
from probed.monitor.cells import micros, moment, to_json
from probed.monitor.groundings import grounding_from_json, grounding_to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import insert_into, table

MOST_KEPT = 16
"""Of each inspection, the newest ones."""

ANALYSES = table("analyses", "seq inspection run_id at document_hash marks verdict summary findings grounding")
INSERT = insert_into(ANALYSES)
OF = "SELECT * FROM analyses WHERE inspection = :inspection ORDER BY seq DESC"
TRIM = f"""
DELETE FROM analyses WHERE inspection = :inspection AND seq <= (
    SELECT seq FROM analyses WHERE inspection = :inspection ORDER BY seq DESC LIMIT 1 OFFSET {MOST_KEPT}
)
"""  # noqa: S608 (no value from outside)
FORGET = "DELETE FROM analyses WHERE inspection = :inspection"
FLAPS = """
SELECT cases."check", cases.object FROM flapping
JOIN alerts ON alerts.id = flapping.alert_id JOIN cases ON cases.id = alerts.case_id
WHERE flapping.source = :inspection AND flapping.since IS NOT NULL
"""


def to_row(analysis: KeptAnalysis) -> dict[str, object]:
    return {
        "inspection": analysis.inspection,
        "run_id": analysis.run_id,
        "at": micros(analysis.at),
        "document_hash": analysis.document_hash,
        "marks": to_json([_mark_to_json(mark) for mark in analysis.marks]),
        "verdict": analysis.verdict.value if analysis.verdict else None,
        "summary": analysis.summary,
        "findings": to_json([_finding_to_json(finding) for finding in analysis.findings]),
        "grounding": grounding_to_json(analysis.grounding),
    }


def from_row(row: Row) -> KeptAnalysis:
    return KeptAnalysis(
        inspection=row["inspection"],
        run_id=row["run_id"],
        at=moment(row["at"]),
        document_hash=row["document_hash"],
        marks=tuple(map(_mark_from_json, json.loads(row["marks"]))),
        verdict=Verdict(row["verdict"]) if row["verdict"] else None,
        summary=row["summary"],
        findings=tuple(map(_finding_from_json, json.loads(row["findings"]))),
        grounding=grounding_from_json(row["grounding"]),
    )


def _mark_to_json(mark: Mark) -> Sequence[object]:
    return [mark.check, mark.object, mark.severity, mark.words, mark.numbers]


def _mark_from_json(cell: Sequence[Any]) -> Mark:
    check, object_, severity, words, numbers = cell
    return Mark(check, object_, Severity(severity) if severity else None, words, numbers)


def _finding_to_json(finding: Finding) -> Mapping[str, object]:
    return {
        "check": finding.check,
        "object": finding.object,
        "severity": finding.severity,
        "summary": finding.summary,
        "evidence": finding.evidence,
        "proposed_action": finding.proposed_action and call_to_json(finding.proposed_action),
        "grounding": grounding_to_json(finding.grounding),
    }


def _finding_from_json(cell: Mapping[str, Any]) -> Finding:
    call = cell["proposed_action"]
    return Finding(
        check=cell["check"],
        object=cell["object"],
        severity=Severity(cell["severity"]),
        summary=cell["summary"],
        evidence=cell["evidence"],
        proposed_action=call_from_json(call) if call else None,
        grounding=grounding_from_json(cell["grounding"]),
    )


class AnalysisRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, analysis: KeptAnalysis) -> None:
        await self._session.write(INSERT, to_row(analysis))
        await self._session.write(TRIM, {"inspection": analysis.inspection})

    async def forget(self, inspection: str) -> None:
        await self._session.write(FORGET, {"inspection": inspection})

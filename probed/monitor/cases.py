"""Cases in the monitor."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from probed.core.case import Case, Stage
from probed.core.finding import Severity
from probed.errors import NotFound, StaleVersion
from probed.monitor.cells import (
    SEVERITY_RANK,
    mapping,
    micros,
    micros_or_none,
    moment,
    moment_or_none,
    texts,
    texts_to_json,
    to_json,
)
from probed.monitor.session import Row, Session
from probed.monitor.statements import insert_into, select_by, select_from, table, update_version

IS_OPEN = "stage <> 'resolved'"
EXPIRES = "stage <> 'resolved' AND expires_at IS NOT NULL"
IDENTITY = frozenset({"source", "check", "object", "opened_at"})
"""What never changes."""


CASES = table(
    "cases",
    "seq id source check object severity summary opened_at changed_at last_seen_at stage labels evidence runbook "
    "tried outlook expires_at resolved_at version asked_again",
)
INSERT = insert_into(CASES) + " ON CONFLICT (id) DO NOTHING"
UPDATE = update_version(CASES, IDENTITY)
GET = select_by(CASES, "id")
OPEN_OF = select_from(CASES, "source = :source", IS_OPEN, order="seq")
DUE = select_from(CASES, EXPIRES, "expires_at <= :now", order="expires_at")

WORKED_ON = """
SELECT * FROM cases WHERE stage <> 'resolved' AND stage IN ('fixing', 'asking', 'executing')
AND object IN (SELECT value FROM json_each(:objects)) ORDER BY seq
"""

THOSE = "SELECT * FROM cases WHERE id IN (SELECT value FROM json_each(:ids))"

SEVERITIES_OF = "SELECT \"check\", object, severity FROM cases WHERE source = :source AND stage <> 'resolved'"
WORST_OPEN = f"""
SELECT source, max({SEVERITY_RANK}) AS rank FROM cases WHERE stage <> 'resolved' GROUP BY source
"""  # noqa: S608 (no value from outside)


def to_row(case: Case) -> dict[str, object]:
    return {
        "id": case.id,
        "source": case.source,
        "check": case.check,
        "object": case.object,
        "severity": case.severity.value,
        "summary": case.summary,
        "opened_at": micros(case.opened_at),
        "changed_at": micros(case.changed_at),
        "last_seen_at": micros(case.last_seen_at),
        "stage": case.stage.value,
        "labels": to_json(case.labels),
        "evidence": to_json(case.evidence),
        "runbook": case.runbook,
        "tried": texts_to_json(case.tried),
        "outlook": case.outlook,
        "expires_at": micros_or_none(case.expires_at),
        "resolved_at": micros_or_none(case.resolved_at),
        "version": 1,
        "asked_again": case.asked_again,
    }


def to_update(case: Case) -> dict[str, object]:
    return {**to_row(case), "key": case.id, "read_version": case.version}


def from_row(row: Row) -> Case:
    return Case(
        id=row["id"],
        source=row["source"],
        check=row["check"],
        object=row["object"],
        severity=Severity(row["severity"]),
        summary=row["summary"],
        opened_at=moment(row["opened_at"]),
        changed_at=moment(row["changed_at"]),
        last_seen_at=moment(row["last_seen_at"]),
        stage=Stage(row["stage"]),
        labels=mapping(row["labels"]),
        evidence=mapping(row["evidence"]),
        runbook=row["runbook"],
        tried=texts(row["tried"]),
        outlook=row["outlook"],
        expires_at=moment_or_none(row["expires_at"]),
        resolved_at=moment_or_none(row["resolved_at"]),
        version=row["version"],
        asked_again=row["asked_again"],
    )


class CaseRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, case_id: str) -> Case:
        row = await self._session.first(GET, {"id": case_id})
        if row is None:
            raise NotFound(f"no case {case_id}")
        return from_row(row)

    async def open_of(self, source: str) -> Sequence[Case]:
        return [from_row(row) for row in await self._session.rows(OPEN_OF, {"source": source})]

    async def worked_on(self, objects: Collection[str]) -> Sequence[Case]:
        return [from_row(row) for row in await self._session.rows(WORKED_ON, {"objects": to_json(sorted(objects))})]

    async def due(self, now: datetime) -> Sequence[Case]:
        return [from_row(row) for row in await self._session.rows(DUE, {"now": micros(now)})]

    async def save(self, case: Case) -> Case:
        return (await self.save_all([case]))[0]

    async def save_all(self, cases: Sequence[Case]) -> Sequence[Case]:
        """Updates first: a case that is resolved here makes way for a new one of the same identity."""
        known = [to_update(case) for case in cases if case.version]
        new = [to_row(case) for case in cases if not case.version]
        if known and await self._session.many(UPDATE, known) != len(known):
            raise StaleVersion
        if new and await self._session.many(INSERT, new) != len(new):
            raise StaleVersion
        return [replace(case, version=case.version + 1) for case in cases]

"""Solved cases in the monitor; people know them as memories."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from probed.core.probe_mark import ProbeMark
from probed.core.solved_case import Origin, Remedy, SolvedCase
from probed.errors import NotFound
from probed.monitor.cells import micros, micros_or_none, moment, moment_or_none, texts, texts_to_json, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, table, upsert_into

SOLVED_CASES = table(
    "solved_cases",
    "seq id source check object features created_at changed_at origin by cause remedy advice marks case_id run_id seen"
    " helped failed refuted vouched_by cost_usd met_at",
)
UPSERT = upsert_into(SOLVED_CASES, "id", fixed=frozenset({"source", "check", "created_at", "origin", "by"}))
GET = select_by(SOLVED_CASES, "id")
OF_CHECKS = """
SELECT * FROM solved_cases WHERE "check" IN (SELECT value FROM json_each(:checks)) ORDER BY id
"""
CHECKS = 'SELECT DISTINCT "check" FROM solved_cases'
DELETE = "DELETE FROM solved_cases WHERE id = :id"
COUNT = 'SELECT count(*) AS every, count(*) FILTER (WHERE "check" = :check) AS same FROM solved_cases'
LEAST = """
DELETE FROM solved_cases WHERE seq = (
    SELECT seq FROM solved_cases WHERE :check = '' OR "check" = :check
    ORDER BY helped > 0 OR vouched_by <> '', max(changed_at, coalesce(met_at, 0)), seq LIMIT 1
)
"""
"""What was never confirmed goes first, then what changed, and was met, longest ago."""


def to_row(memory: SolvedCase) -> dict[str, object]:
    remedy = memory.remedy
    return {
        "id": memory.id,
        "source": memory.source,
        "check": memory.check,
        "object": memory.object,
        "features": texts_to_json(memory.features),
        "created_at": micros(memory.created_at),
        "changed_at": micros(memory.changed_at),
        "origin": memory.origin.value,
        "by": memory.by,
        "cause": memory.cause,
        "remedy": to_json({"action": remedy.action, "params": remedy.params}) if remedy else None,
        "advice": memory.advice,
        "marks": to_json([_mark_to_json(mark) for mark in memory.marks]),
        "case_id": memory.case_id,
        "run_id": memory.run_id,
        "seen": memory.seen,
        "met_at": micros_or_none(memory.met_at),
        "helped": memory.helped,
        "failed": memory.failed,
        "refuted": memory.refuted,
        "vouched_by": memory.vouched_by,
        "cost_usd": memory.cost_usd,
    }


def from_row(row: Row) -> SolvedCase:
    return SolvedCase(
        id=row["id"],
        source=row["source"],
        check=row["check"],
        object=row["object"],
        features=texts(row["features"]),
        created_at=moment(row["created_at"]),
        changed_at=moment(row["changed_at"]),
        origin=Origin(row["origin"]),
        by=row["by"],
        cause=row["cause"],
        remedy=Remedy(**json.loads(row["remedy"])) if row["remedy"] else None,
        advice=row["advice"],
        marks=tuple(_mark_of(**each) for each in json.loads(row["marks"])),
        case_id=row["case_id"],
        run_id=row["run_id"],
        seen=row["seen"],
        met_at=moment_or_none(row["met_at"]),
        helped=row["helped"],
        failed=row["failed"],
        refuted=row["refuted"],
        vouched_by=row["vouched_by"],
        cost_usd=row["cost_usd"],
    )


def _mark_to_json(mark: ProbeMark) -> dict[str, object]:
    return {"probe": mark.probe, "arguments": mark.arguments, "rows": mark.rows, "sha256": mark.sha256}


def _mark_of(probe: str, arguments: dict[str, object], rows: list[list[str]], sha256: str) -> ProbeMark:
    return ProbeMark(probe, arguments, tuple(map(tuple, rows)), sha256)


async def of_checks(session: Session, checks: Collection[str]) -> Sequence[SolvedCase]:
    return [from_row(row) for row in await session.rows(OF_CHECKS, {"checks": json.dumps(sorted(checks))})]


class SolvedCaseRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, memory_id: str) -> SolvedCase:
        row = await self._session.first(GET, {"id": memory_id})
        if row is None:
            raise NotFound(f"no memory {memory_id}")
        return from_row(row)

    async def find(self, memory_id: str) -> SolvedCase | None:
        row = await self._session.first(GET, {"id": memory_id})
        return from_row(row) if row else None

    async def of_check(self, check: str) -> Sequence[SolvedCase]:
        return await of_checks(self._session, [check])

    async def save(self, memory: SolvedCase) -> None:
        await self._session.write(UPSERT, to_row(memory))

    async def delete(self, memory_id: str) -> None:
        await self._session.write(DELETE, {"id": memory_id})

    async def make_room(self, check: str, most: int, most_of_a_check: int) -> None:
        (row,) = await self._session.rows(COUNT, {"check": check})
        if row["same"] >= most_of_a_check:
            await self._session.write(LEAST, {"check": check})
        elif row["every"] >= most:
            await self._session.write(LEAST, {"check": ""})

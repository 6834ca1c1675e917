"""Decisions in the monitor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from probed.core.analysis import Analysis
from probed.core.decision import Decision, DecisionState
from probed.core.finding import Severity
from probed.core.permission import Approval
from probed.core.phrases import Phrase, phrase
from probed.core.precedent import DECIDED
from probed.errors import NotFound, StaleVersion
from probed.monitor.calls import call_from_json, call_to_json
from probed.monitor.cells import mapping, micros, micros_or_none, moment, moment_or_none, texts, texts_to_json, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import insert_into, select_by, select_from, table, update_version

IS_WAITING = "state = 'waiting'"
IS_OPEN = "state IN ('proposed', 'analysed', 'waiting')"


DECISIONS = table(
    "decisions",
    "seq id case_id call host severity summary reason created_at expires_at state snapshot dry_run hash "
    "decided_by decided_at note version object approval approvals object_kind analysis revert_after_s trace",
)
INSERT = insert_into(DECISIONS) + " ON CONFLICT (id) DO NOTHING"
UPDATE = update_version(DECISIONS, frozenset({"case_id", "created_at"}))
GET = select_by(DECISIONS, "id")
OPEN_OF = select_from(DECISIONS, "case_id = :case_id", IS_OPEN)
WAITING = select_from(DECISIONS, IS_WAITING, order="seq")
DUE = select_from(DECISIONS, IS_WAITING, "expires_at <= :now", order="expires_at")


DECIDED_STATES = ", ".join(f"'{state}'" for state in DECIDED)
SIMILAR = f"""
SELECT decisions.* FROM decisions JOIN cases ON cases.id = decisions.case_id
WHERE decisions.object_kind = :object_kind AND decisions.state IN ({DECIDED_STATES})
AND json_extract(decisions.call, '$[0]') = :action AND cases."check" = :check
ORDER BY decisions.object = :object DESC, decisions.seq DESC LIMIT :limit
"""  # noqa: S608 (no value from outside)


def to_row(decision: Decision) -> dict[str, object]:
    return {
        "id": decision.id,
        "case_id": decision.case_id,
        "call": call_to_json(decision.call),
        "host": decision.host,
        "severity": decision.severity.value,
        "summary": decision.summary,
        "reason": decision.reason,
        "created_at": micros(decision.created_at),
        "expires_at": micros(decision.expires_at),
        "state": decision.state.value,
        "snapshot": to_json(decision.snapshot),
        "dry_run": decision.dry_run,
        "hash": decision.hash,
        "decided_by": decision.decided_by,
        "decided_at": micros_or_none(decision.decided_at),
        "note": decision.note,
        "version": 1,
        "object": decision.object,
        "approval": decision.approval.value,
        "approvals": texts_to_json(decision.approvals),
        "object_kind": decision.object_kind,
        "analysis": to_json(decision.analysis.to_payload()),
        "revert_after_s": decision.revert_after_s,
        "trace": decision.trace,
    }


def from_row(row: Row) -> Decision:
    return Decision(
        id=row["id"],
        case_id=row["case_id"],
        call=call_from_json(row["call"]),
        host=row["host"],
        severity=Severity(row["severity"]),
        summary=row["summary"],
        reason=row["reason"],
        created_at=moment(row["created_at"]),
        expires_at=moment(row["expires_at"]),
        state=DecisionState(row["state"]),
        snapshot=mapping(row["snapshot"]),
        dry_run=row["dry_run"],
        hash=row["hash"],
        decided_by=row["decided_by"],
        decided_at=moment_or_none(row["decided_at"]),
        note=row["note"],
        trace=row["trace"],
        version=row["version"],
        object=row["object"],
        approval=Approval(row["approval"]),
        approvals=texts(row["approvals"]),
        object_kind=row["object_kind"],
        analysis=Analysis.from_payload(mapping(row["analysis"])),
        revert_after_s=row["revert_after_s"],
    )


class DecisionRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, decision_id: str) -> Decision:
        row = await self._session.first(GET, {"id": decision_id})
        if row is None:
            raise NotFound(phrase("no {noun} {id}", noun=Phrase.of("decision"), id=decision_id))
        return from_row(row)

    async def open_of(self, case_id: str) -> Decision | None:
        row = await self._session.first(OPEN_OF, {"case_id": case_id})
        return None if row is None else from_row(row)

    async def waiting(self) -> Sequence[Decision]:
        return [from_row(row) for row in await self._session.rows(WAITING)]

    async def similar(self, decision: Decision, check: str, limit: int) -> Sequence[Decision]:
        parameters = {
            "object_kind": decision.object_kind,
            "action": decision.call.action,
            "check": check,
            "object": decision.object,
            "limit": limit,
        }
        return [from_row(row) for row in await self._session.rows(SIMILAR, parameters)]

    async def due(self, now: datetime) -> Sequence[Decision]:
        return [from_row(row) for row in await self._session.rows(DUE, {"now": micros(now)})]

    async def save(self, decision: Decision) -> Decision:
        """Raises StaleVersion, and Conflict where the case has another decision that is open."""
        row = to_row(decision)
        if decision.version:
            changed = await self._session.run(UPDATE, {**row, "key": decision.id, "read_version": decision.version})
        else:
            changed = await self._session.run(INSERT, row)
        if changed != 1:
            raise StaleVersion
        return replace(decision, version=decision.version + 1)

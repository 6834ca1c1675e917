"""Changes in the monitor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from probed.core.case import Outcome
from probed.core.change import Change, ChangeClass
from probed.core.finding import ActionCall
from probed.errors import NotFound
from probed.monitor.calls import call_from_json, call_to_json
from probed.monitor.cells import (
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
from probed.monitor.statements import select_by, select_from, table, upsert_into

IS_ARMED = "revert_at IS NOT NULL AND rolled_back_at IS NULL AND confirmed_by = ''"


CHANGES = table(
    "changes",
    "seq id case_id decision_id effect_id call level by dry_run outcome detail started_at ended_at before after "
    "object object_kind change_class impact steps snapshot reversible revert_at confirmed_by rolled_back_at "
    "roll_back kin",
)
UPSERT = upsert_into(CHANGES, "id")
GET = select_by(CHANGES, "id")
LAST_OF = select_from(CHANGES, "call = :call", "started_at >= :since", order="started_at DESC") + " LIMIT 1"


OF_OBJECT = """
SELECT * FROM changes WHERE seq IN (
    SELECT seq FROM changes WHERE object = :object AND object <> '' AND started_at >= :since
    UNION SELECT seq FROM changes WHERE call = :call AND started_at >= :since
) ORDER BY seq
"""
"""What an older version recorded has no object."""
OF_KIN = OF_OBJECT.replace("object", "kin")
COUNT_SINCE = "SELECT count(*) AS made FROM changes WHERE started_at >= :since"


def to_row(change: Change) -> dict[str, object]:
    return {
        "id": change.id,
        "case_id": change.case_id,
        "decision_id": change.decision_id,
        "effect_id": change.effect_id,
        "call": call_to_json(change.call),
        "level": change.level,
        "by": change.by,
        "dry_run": change.dry_run,
        "outcome": change.outcome.value,
        "detail": change.detail,
        "started_at": micros(change.started_at),
        "ended_at": micros(change.ended_at),
        "before": to_json(change.before),
        "after": to_json(change.after),
        "object": change.object,
        "kin": change.kin,
        "object_kind": change.object_kind,
        "change_class": change.change_class.value,
        "impact": change.impact,
        "steps": texts_to_json(change.steps),
        "snapshot": to_json(change.snapshot),
        "reversible": change.reversible,
        "revert_at": micros_or_none(change.revert_at),
        "confirmed_by": change.confirmed_by,
        "rolled_back_at": micros_or_none(change.rolled_back_at),
        "roll_back": change.roll_back,
    }


def from_row(row: Row) -> Change:
    return Change(
        id=row["id"],
        case_id=row["case_id"],
        decision_id=row["decision_id"],
        effect_id=row["effect_id"],
        call=call_from_json(row["call"]),
        level=row["level"],
        by=row["by"],
        dry_run=row["dry_run"],
        outcome=Outcome(row["outcome"]),
        detail=row["detail"],
        started_at=moment(row["started_at"]),
        ended_at=moment(row["ended_at"]),
        before=mapping(row["before"]),
        after=mapping(row["after"]),
        object=row["object"],
        kin=row["kin"],
        object_kind=row["object_kind"],
        change_class=ChangeClass(row["change_class"]),
        impact=row["impact"],
        steps=texts(row["steps"]),
        snapshot=mapping(row["snapshot"]),
        reversible=bool(row["reversible"]),
        revert_at=moment_or_none(row["revert_at"]),
        confirmed_by=row["confirmed_by"],
        rolled_back_at=moment_or_none(row["rolled_back_at"]),
        roll_back=row["roll_back"],
    )


class ChangeRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, change_id: str) -> Change:
        row = await self._session.first(GET, {"id": change_id})
        if row is None:
            raise NotFound(f"no change {change_id}")
        return from_row(row)

    async def save(self, change: Change) -> None:
        await self._session.write(UPSERT, to_row(change))

    async def count_since(self, since: datetime) -> int:
        row = await self._session.first(COUNT_SINCE, {"since": micros(since)})
        return 0 if row is None else int(row["made"])

    async def last_of(self, call: ActionCall, since: datetime) -> Change | None:
        row = await self._session.first(LAST_OF, {"call": call_to_json(call), "since": micros(since)})
        return None if row is None else from_row(row)

    async def of_object(self, call: ActionCall, object_: str, since: datetime) -> Sequence[Change]:
        parameters = {"call": call_to_json(call), "object": object_, "since": micros(since)}
        return [from_row(row) for row in await self._session.rows(OF_OBJECT, parameters)]

    async def of_kin(self, call: ActionCall, kin: str, since: datetime) -> Sequence[Change]:
        parameters = {"call": call_to_json(call), "kin": kin, "since": micros(since)}
        return [from_row(row) for row in await self._session.rows(OF_KIN, parameters)]

"""Changes in the monitor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, bindparam, select
from sqlmodel import Field, SQLModel

from probed.core.case import Outcome
from probed.core.change import Change
from probed.core.finding import ActionCall
from probed.monitor.calls import call_from_json, call_to_json
from probed.monitor.cells import mapping, micros, moment, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import sql, table_of, upsert_into


class ChangeRow(SQLModel, table=True):
    __tablename__ = "changes"
    __table_args__ = (
        Index("changes_by_call", "call", "started_at"),
        Index("changes_by_case", "case_id"),
        Index("changes_by_effect", "effect_id"),
        Index("changes_by_object", "object", "started_at"),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    case_id: str = Field(foreign_key="cases.id")
    decision_id: str | None = Field(foreign_key="decisions.id")
    effect_id: str = Field(foreign_key="effects.id")
    call: str
    level: str
    by: str
    dry_run: str
    outcome: str
    detail: str
    started_at: int
    ended_at: int
    before: str
    after: str
    object: str = Field(default="", sa_column_kwargs={"server_default": ""})


CHANGES = table_of(ChangeRow)
UPSERT = upsert_into(CHANGES, "id")
LAST_OF = (
    sql(
        select(CHANGES)
        .where(CHANGES.c.call == bindparam("call"), CHANGES.c.started_at >= bindparam("since"))
        .order_by(CHANGES.c.started_at.desc())
    )
    + " LIMIT 1"
)


OF_OBJECT = """
SELECT * FROM changes WHERE seq IN (
    SELECT seq FROM changes WHERE object = :object AND object <> '' AND started_at >= :since
    UNION SELECT seq FROM changes WHERE call = :call AND started_at >= :since
) ORDER BY seq
"""
"""What an older version recorded has no object."""


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
    )


class ChangeRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def save(self, change: Change) -> None:
        await self._session.run(UPSERT, to_row(change))

    async def last_of(self, call: ActionCall, since: datetime) -> Change | None:
        row = await self._session.first(LAST_OF, {"call": call_to_json(call), "since": micros(since)})
        return None if row is None else from_row(row)

    async def of_object(self, call: ActionCall, object_: str, since: datetime) -> Sequence[Change]:
        parameters = {"call": call_to_json(call), "object": object_, "since": micros(since)}
        return [from_row(row) for row in await self._session.rows(OF_OBJECT, parameters)]

"""Groups of alerts in the monitor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, bindparam, select, text
from sqlmodel import Field, SQLModel

from probed.core.group import Group
from probed.monitor.cells import mapping, micros, micros_or_none, moment_or_none, texts, texts_to_json, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, sql, table_of, upsert_into

IS_AWAKE = text("next_flush_at IS NOT NULL")
IS_ASLEEP = text("next_flush_at IS NULL")


class GroupRow(SQLModel, table=True):
    __tablename__ = "alert_groups"
    __table_args__ = (
        Index("alert_groups_awake", "next_flush_at", sqlite_where=IS_AWAKE),
        Index("alert_groups_asleep", "told_at", sqlite_where=IS_ASLEEP),
    )

    key: str = Field(primary_key=True)
    labels: str
    next_flush_at: int | None
    told_firing: str
    told_resolved: str
    told_at: int | None


GROUPS = table_of(GroupRow)
UPSERT = upsert_into(GROUPS, "key")
GET = select_by(GROUPS, "key")
DUE = sql(select(GROUPS).where(IS_AWAKE, GROUPS.c.next_flush_at <= bindparam("now")).order_by(GROUPS.c.next_flush_at))


def to_row(group: Group) -> dict[str, object]:
    return {
        "key": group.key,
        "labels": to_json(group.labels),
        "next_flush_at": micros_or_none(group.next_flush_at),
        "told_firing": texts_to_json(sorted(group.told_firing)),
        "told_resolved": texts_to_json(sorted(group.told_resolved)),
        "told_at": micros_or_none(group.told_at),
    }


def from_row(row: Row) -> Group:
    return Group(
        key=row["key"],
        labels=mapping(row["labels"]),
        next_flush_at=moment_or_none(row["next_flush_at"]),
        told_firing=frozenset(texts(row["told_firing"])),
        told_resolved=frozenset(texts(row["told_resolved"])),
        told_at=moment_or_none(row["told_at"]),
    )


class GroupRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, key: str) -> Group | None:
        row = await self._session.first(GET, {"key": key})
        return None if row is None else from_row(row)

    async def save(self, group: Group) -> None:
        await self._session.run(UPSERT, to_row(group))

    async def due(self, now: datetime) -> Sequence[Group]:
        return [from_row(row) for row in await self._session.rows(DUE, {"now": micros(now)})]

"""Groups of alerts in the monitor, and which alerts are in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from probed.core.group import Group
from probed.monitor.cells import mapping, micros, micros_or_none, moment_or_none, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, select_from, table, upsert_into

IS_AWAKE = "next_flush_at IS NOT NULL"
IS_ASLEEP = "next_flush_at IS NULL"


GROUPS = table("alert_groups", "key labels route_key next_flush_at told_at has_flushed emptied_at")
UPSERT = upsert_into(GROUPS, "key")
GET = select_by(GROUPS, "key")
GET_ALL = 'SELECT * FROM alert_groups WHERE "key" IN (SELECT value FROM json_each(:keys))'
EVERY = 'SELECT * FROM alert_groups ORDER BY "key"'
DUE = select_from(GROUPS, IS_AWAKE, "next_flush_at <= :now", order="next_flush_at") + " LIMIT :limit"
MEMBERSHIPS = "SELECT alert_id, group_key FROM alert_members WHERE alert_id IN (SELECT value FROM json_each(:ids))"
ADD_MEMBER = "INSERT OR IGNORE INTO alert_members (group_key, alert_id) VALUES (:group_key, :alert_id)"
DROP_MEMBERS = """
DELETE FROM alert_members WHERE group_key = :group_key AND alert_id IN (SELECT value FROM json_each(:ids))
"""
DISSOLVE_MEMBERS = "DELETE FROM alert_members WHERE group_key IN (SELECT value FROM json_each(:keys))"
DISSOLVE = 'DELETE FROM alert_groups WHERE "key" IN (SELECT value FROM json_each(:keys))'


def to_row(group: Group) -> dict[str, object]:
    return {
        "key": group.key,
        "labels": to_json(group.labels),
        "route_key": group.route_key,
        "next_flush_at": micros_or_none(group.next_flush_at),
        "told_at": micros_or_none(group.told_at),
        "has_flushed": group.has_flushed,
        "emptied_at": micros_or_none(group.emptied_at),
    }


def from_row(row: Row) -> Group:
    return Group(
        key=row["key"],
        labels=mapping(row["labels"]),
        route_key=row["route_key"],
        next_flush_at=moment_or_none(row["next_flush_at"]),
        told_at=moment_or_none(row["told_at"]),
        has_flushed=bool(row["has_flushed"]),
        emptied_at=moment_or_none(row["emptied_at"]),
    )


class GroupRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, key: str) -> Group | None:
        row = await self._session.first(GET, {"key": key})
        return None if row is None else from_row(row)

    async def get_all(self, keys: Iterable[str]) -> Mapping[str, Group]:
        rows = await self._session.rows(GET_ALL, {"keys": to_json(list(keys))})
        return {row["key"]: from_row(row) for row in rows}

    async def every(self) -> Sequence[Group]:
        return [from_row(row) for row in await self._session.rows(EVERY)]

    async def save(self, group: Group) -> None:
        await self._session.write(UPSERT, to_row(group))

    async def save_all(self, groups: Sequence[Group]) -> None:
        if groups:
            await self._session.write_each(UPSERT, [to_row(group) for group in groups])

    async def due(self, now: datetime, limit: int) -> Sequence[Group]:
        return [from_row(row) for row in await self._session.rows(DUE, {"now": micros(now), "limit": limit})]

    async def memberships(self, alert_ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for row in await self._session.rows(MEMBERSHIPS, {"ids": to_json(list(alert_ids))}):
            found.setdefault(row["alert_id"], set()).add(row["group_key"])
        return {alert_id: frozenset(keys) for alert_id, keys in found.items()}

    async def add_members(self, members: Sequence[tuple[str, str]]) -> None:
        if members:
            await self._session.write_each(ADD_MEMBER, [{"group_key": key, "alert_id": id_} for key, id_ in members])

    async def drop_members(self, group_key: str, alert_ids: Sequence[str]) -> None:
        if alert_ids:
            await self._session.write(DROP_MEMBERS, {"group_key": group_key, "ids": to_json(list(alert_ids))})

    async def dissolve(self, keys: Sequence[str]) -> None:
        for statement in (DISSOLVE_MEMBERS, DISSOLVE):
            await self._session.write(statement, {"keys": to_json(list(keys))})

"""What each recipient was last told of a group, in the monitor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from probed.core.group import Record
from probed.monitor.cells import micros, moment, texts, texts_to_json, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import table

RECORDS = table("notification_records", "group_key receiver recipient firing resolved told_at")
UPSERT = """
INSERT INTO notification_records (group_key, receiver, recipient, firing, resolved, told_at)
VALUES (:group_key, :receiver, :recipient, :firing, :resolved, :told_at)
ON CONFLICT (group_key, receiver, recipient)
DO UPDATE SET firing = excluded.firing, resolved = excluded.resolved, told_at = excluded.told_at
"""
OF_GROUPS = "SELECT * FROM notification_records WHERE group_key IN (SELECT value FROM json_each(:keys))"


def to_row(record: Record) -> dict[str, object]:
    return {
        "group_key": record.group_key,
        "receiver": record.receiver,
        "recipient": record.recipient,
        "firing": texts_to_json(sorted(record.firing)),
        "resolved": texts_to_json(sorted(record.resolved)),
        "told_at": micros(record.told_at),
    }


def from_row(row: Row) -> Record:
    return Record(
        group_key=row["group_key"],
        receiver=row["receiver"],
        recipient=row["recipient"],
        firing=frozenset(texts(row["firing"])),
        resolved=frozenset(texts(row["resolved"])),
        told_at=moment(row["told_at"]),
    )


class RecordRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def of_groups(self, group_keys: Iterable[str]) -> Sequence[Record]:
        return [from_row(row) for row in await self._session.rows(OF_GROUPS, {"keys": to_json(list(group_keys))})]

    async def save_all(self, records: Sequence[Record]) -> None:
        if records:
            await self._session.write_each(UPSERT, [to_row(record) for record in records])

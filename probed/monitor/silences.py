"""Silences in the monitor."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from probed.core.matcher import Matcher, MatchOp
from probed.core.silence import Silence
from probed.errors import NotFound
from probed.monitor.cells import micros, moment, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, select_from, table, upsert_into

HAS_ALERT = "alert_id IS NOT NULL"


SILENCES = table("silences", "seq id matchers starts_at ends_at created_by comment updated_at alert_id")
IN_ORDER = "+silences.seq"
"""The sign keeps SQLite from reading the whole table in that order."""
UPSERT = upsert_into(SILENCES, "id")
GET = select_by(SILENCES, "id")
UNEXPIRED = select_from(SILENCES, "ends_at > :now", order=IN_ORDER)
COUNT = "SELECT count(*) AS number FROM silences WHERE ends_at > :now"
OF_ALERTS = """
SELECT * FROM silences WHERE alert_id IN (SELECT value FROM json_each(:ids)) AND alert_id IS NOT NULL AND ends_at > :now
"""


def to_row(silence: Silence) -> dict[str, object]:
    return {
        "id": silence.id,
        "matchers": to_json([[matcher.name, matcher.op.value, matcher.value] for matcher in silence.matchers]),
        "starts_at": micros(silence.starts_at),
        "ends_at": micros(silence.ends_at),
        "created_by": silence.created_by,
        "comment": silence.comment,
        "updated_at": micros(silence.updated_at),
        "alert_id": silence.alert_id or None,
    }


def from_row(row: Row) -> Silence:
    return Silence(
        id=row["id"],
        matchers=tuple(Matcher(name, MatchOp(op), value) for name, op, value in json.loads(row["matchers"])),
        starts_at=moment(row["starts_at"]),
        ends_at=moment(row["ends_at"]),
        created_by=row["created_by"],
        comment=row["comment"],
        updated_at=moment(row["updated_at"]),
        alert_id=row["alert_id"] or "",
    )


class SilenceRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, silence_id: str) -> Silence:
        row = await self._session.first(GET, {"id": silence_id})
        if row is None:
            raise NotFound(f"no silence {silence_id}")
        return from_row(row)

    async def save(self, silence: Silence) -> None:
        await self._session.write(UPSERT, to_row(silence))

    async def unexpired(self, now: datetime) -> Sequence[Silence]:
        return [from_row(row) for row in await self._session.rows(UNEXPIRED, {"now": micros(now)})]

    async def count_unexpired(self, now: datetime) -> int:
        return sum(row["number"] for row in await self._session.rows(COUNT, {"now": micros(now)}))

    async def of_alerts(self, alert_ids: Sequence[str], now: datetime) -> Sequence[Silence]:
        parameters = {"ids": to_json(list(alert_ids)), "now": micros(now)}
        return [from_row(row) for row in await self._session.rows(OF_ALERTS, parameters)]

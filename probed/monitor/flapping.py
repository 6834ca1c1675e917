"""What alerts have been doing lately, in the monitor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, bindparam, select, text
from sqlmodel import Field, SQLModel

from probed.core.flapping import Flapping
from probed.monitor.cells import micros, micros_or_none, moment, moment_or_none, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, sql, table_of, upsert_into

FLAPS = text("look_at IS NOT NULL")


class FlappingRow(SQLModel, table=True):
    __tablename__ = "flapping"
    __table_args__ = (
        Index("flapping_due", "look_at", sqlite_where=FLAPS),
        Index("flapping_by_age", "seen_at"),
    )

    fingerprint: str = Field(primary_key=True)
    source: str
    states: str
    seen_at: int
    report: int
    since: int | None
    look_at: int | None
    is_told: bool
    alert_id: str


FLAPPING = table_of(FlappingRow)
UPSERT = upsert_into(FLAPPING, "fingerprint")
GET = select_by(FLAPPING, "fingerprint")
DUE = sql(select(FLAPPING).where(FLAPS, FLAPPING.c.look_at <= bindparam("now")).order_by(FLAPPING.c.look_at))
OF = "SELECT * FROM flapping WHERE fingerprint IN (SELECT value FROM json_each(:fingerprints)) AND since IS NOT NULL"


def to_row(flapping: Flapping) -> dict[str, object]:
    return {
        "fingerprint": flapping.fingerprint,
        "source": flapping.source,
        "states": flapping.states,
        "seen_at": micros(flapping.seen_at),
        "report": flapping.report,
        "since": micros_or_none(flapping.since),
        "look_at": micros_or_none(flapping.look_at),
        "is_told": flapping.is_told,
        "alert_id": flapping.alert_id,
    }


def from_row(row: Row) -> Flapping:
    return Flapping(
        fingerprint=row["fingerprint"],
        source=row["source"],
        states=row["states"],
        seen_at=moment(row["seen_at"]),
        report=row["report"],
        since=moment_or_none(row["since"]),
        look_at=moment_or_none(row["look_at"]),
        is_told=bool(row["is_told"]),
        alert_id=row["alert_id"],
    )


class FlappingRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, fingerprint: str) -> Flapping | None:
        row = await self._session.first(GET, {"fingerprint": fingerprint})
        return None if row is None else from_row(row)

    async def that_flap(self, fingerprints: Sequence[str]) -> Sequence[Flapping]:
        return [from_row(row) for row in await self._session.rows(OF, {"fingerprints": to_json(list(fingerprints))})]

    async def due(self, now: datetime) -> Sequence[Flapping]:
        return [from_row(row) for row in await self._session.rows(DUE, {"now": micros(now)})]

    async def save(self, flapping: Flapping) -> None:
        await self._session.run(UPSERT, to_row(flapping))

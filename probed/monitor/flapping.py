"""What alerts have been doing lately, in the monitor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Index, bindparam, select, text
from sqlmodel import Field, SQLModel

from probed.core.flapping import Flapping
from probed.monitor.cells import micros, micros_or_none, moment, moment_or_none, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import sql, table_of, upsert_into

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
DUE = sql(select(FLAPPING).where(FLAPS, FLAPPING.c.look_at <= bindparam("now")).order_by(FLAPPING.c.look_at))
OF = "SELECT * FROM flapping WHERE fingerprint IN (SELECT value FROM json_each(:fingerprints))"


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

    async def of(self, fingerprints: Sequence[str]) -> Mapping[str, Flapping]:
        rows = await self._session.rows(OF, {"fingerprints": to_json(list(fingerprints))})
        return {row["fingerprint"]: from_row(row) for row in rows}

    async def due(self, now: datetime) -> Sequence[Flapping]:
        return [from_row(row) for row in await self._session.rows(DUE, {"now": micros(now)})]

    async def save_all(self, flapping: Sequence[Flapping]) -> None:
        if flapping:
            await self._session.write_each(UPSERT, [to_row(each) for each in flapping])

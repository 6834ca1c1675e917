"""What alerts have been doing lately, in the monitor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from probed.core.flapping import Flapping
from probed.monitor.cells import micros, micros_or_none, moment, moment_or_none, to_json
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_from, table, upsert_into

FLAPS = "look_at IS NOT NULL"


FLAPPING = table("flapping", "fingerprint source states seen_at report since look_at is_told alert_id")
UPSERT = upsert_into(FLAPPING, "fingerprint")
DUE = select_from(FLAPPING, FLAPS, "look_at <= :now", order="look_at")
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

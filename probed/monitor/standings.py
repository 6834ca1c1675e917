"""Earned autonomy in the monitor."""

from __future__ import annotations

from collections.abc import Sequence

from probed.core.autonomy import Rung, Standing
from probed.monitor.cells import micros_or_none, moment_or_none
from probed.monitor.session import Row, Session
from probed.monitor.statements import select_by, select_from, table, upsert_into

STANDINGS = table(
    "standings",
    "action object_kind rung rehearsals successes succeeded failed pin pinned_by changed_at",
)
UPSERT = upsert_into(STANDINGS, "action", "object_kind")
GET = select_by(STANDINGS, "action", "object_kind")
ALL = select_from(STANDINGS, order="action, object_kind")


def to_row(standing: Standing) -> dict[str, object]:
    return {
        "action": standing.action,
        "object_kind": standing.object_kind,
        "rung": standing.rung.value,
        "rehearsals": standing.rehearsals,
        "successes": standing.successes,
        "succeeded": standing.succeeded,
        "failed": standing.failed,
        "pin": standing.pin.value if standing.pin else None,
        "pinned_by": standing.pinned_by,
        "changed_at": micros_or_none(standing.changed_at),
    }


def from_row(row: Row) -> Standing:
    return Standing(
        action=row["action"],
        object_kind=row["object_kind"],
        rung=Rung(row["rung"]),
        rehearsals=row["rehearsals"],
        successes=row["successes"],
        succeeded=row["succeeded"],
        failed=row["failed"],
        pin=Rung(row["pin"]) if row["pin"] else None,
        pinned_by=row["pinned_by"],
        changed_at=moment_or_none(row["changed_at"]),
    )


async def all_standings(session: Session) -> Sequence[Standing]:
    return [from_row(row) for row in await session.rows(ALL)]


class StandingRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, action: str, object_kind: str) -> Standing:
        row = await self._session.first(GET, {"action": action, "object_kind": object_kind})
        return from_row(row) if row else Standing(action, object_kind)

    async def save(self, standing: Standing) -> None:
        await self._session.write(UPSERT, to_row(standing))

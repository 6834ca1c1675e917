"""Values that the daemon itself changes."""

from __future__ import annotations

import json

from probed.monitor.cells import to_json
from probed.monitor.session import Session
from probed.monitor.statements import select_by, table, upsert_into

SETTINGS = table("settings", "name value")
UPSERT = upsert_into(SETTINGS, "name")
GET = select_by(SETTINGS, "name")


class SettingRepository:
    """Values are whatever JSON holds."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def get(self, name: str) -> object | None:
        row = await self._session.first(GET, {"name": name})
        return None if row is None else json.loads(row["value"])

    async def set(self, name: str, value: object) -> None:
        await self._session.write(UPSERT, {"name": name, "value": to_json(value)})

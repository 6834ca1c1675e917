"""Paired chats, the code that pairs one, and the buttons that were touched already."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from probed.core.chat import ChatMember, PairingCode
from probed.monitor.cells import micros, moment
from probed.monitor.session import Row, Session
from probed.monitor.statements import insert_into, table

READ_WITHIN_S = 5.0


ADD = insert_into(table("chat_members", "chat_id user_id chat_name user_name paired_at paired_by")).replace(
    "INSERT", "INSERT OR REPLACE", 1
)
MEMBERS = "SELECT * FROM chat_members ORDER BY paired_at, chat_id, user_id"
REMOVE = "DELETE FROM chat_members WHERE chat_id = :chat_id AND user_id = :user_id"
MOVE = "UPDATE OR REPLACE chat_members SET chat_id = :new WHERE chat_id = :old"

CODE = "SELECT * FROM pairing_codes ORDER BY expires_at DESC LIMIT 1"
FORGET_CODES = "DELETE FROM pairing_codes"
KEEP_CODE = insert_into(table("pairing_codes", "digest expires_at created_by failures"))

PRESS = "INSERT OR IGNORE INTO button_presses (token, user_id, at) VALUES (:token, :user_id, :at)"
TAKE_BACK = "DELETE FROM button_presses WHERE token = :token AND user_id = :user_id"
FORGET_PRESSES = "DELETE FROM button_presses WHERE at < :before"


def paired_in(path: Path) -> Sequence[tuple[int, int]]:
    """Chat and user of each pairing, read beside a daemon or without one. Blocks; nothing where it cannot be read."""
    try:
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=READ_WITHIN_S)
        ) as database:
            return [tuple(row) for row in database.execute("SELECT chat_id, user_id FROM chat_members")]
    except sqlite3.Error:
        return ()


def from_row(row: Row) -> ChatMember:
    return ChatMember(
        chat_id=row["chat_id"],
        user_id=row["user_id"],
        chat_name=row["chat_name"],
        user_name=row["user_name"],
        paired_at=moment(row["paired_at"]),
        paired_by=row["paired_by"],
    )


class ChatRepository:
    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def members(self) -> Sequence[ChatMember]:
        return [from_row(row) for row in await self._session.rows(MEMBERS)]

    async def add(self, member: ChatMember) -> None:
        row = {name: getattr(member, name) for name in ("chat_id", "user_id", "chat_name", "user_name", "paired_by")}
        await self._session.write(ADD, {**row, "paired_at": micros(member.paired_at)})

    async def remove(self, member: ChatMember) -> None:
        await self._session.write(REMOVE, {"chat_id": member.chat_id, "user_id": member.user_id})

    async def move(self, old_chat_id: int, new_chat_id: int) -> None:
        await self._session.write(MOVE, {"old": old_chat_id, "new": new_chat_id})

    async def code(self) -> PairingCode | None:
        row = await self._session.first(CODE)
        if row is None:
            return None
        return PairingCode(row["digest"], moment(row["expires_at"]), row["created_by"], row["failures"])

    async def keep_code(self, code: PairingCode | None) -> None:
        await self._session.write(FORGET_CODES)
        if code:
            row = {"digest": code.digest, "created_by": code.created_by, "failures": code.failures}
            await self._session.write(KEEP_CODE, {**row, "expires_at": micros(code.expires_at)})

    async def press(self, token: str, user_id: int, now: datetime, forget_before: datetime) -> bool:
        await self._session.write(FORGET_PRESSES, {"before": micros(forget_before)})
        return await self._session.run(PRESS, {"token": token, "user_id": user_id, "at": micros(now)}) > 0

    async def take_back(self, token: str, user_id: int) -> None:
        await self._session.write(TAKE_BACK, {"token": token, "user_id": user_id})

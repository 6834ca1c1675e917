"""Who may talk to the daemon in a chat. Kept in the monitor, for the daemon cannot write its configuration."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import cast

from probed.core.chat import CODE_LIFETIME, ChatMember, PairingCode, code_of, digest_of
from probed.core.checkpoint import fingerprint_of
from probed.engine.audit import audit
from probed.errors import NotFound, Refused
from probed.ports import Actor, Clock, Monitor, Newcomer, ShownCode, Transaction

KEY, MOVES, UPDATE = "button_key", "chat_moves", "telegram_update"
"""Names of settings: what buttons are signed with, which chats have become others, which update was taken in last."""
UPDATES_KEPT = timedelta(days=1)
"""By Telegram, for whoever did not take them in."""
RENEWED = ("the key that buttons in chats are signed with", "the pairing code")
SIGNING_KEY = "the key that checkpoints of the record of intents are signed with"
PRESSES_KEPT = timedelta(days=8)
"""Longer than a button can be touched."""
MOST_MEMBERS = 50
NOT_GOOD = "this code is not good (any more); for another one type: cortexctl telegram pair"


class PairingBook:
    """Implements `ports.Pairings`; everything that is asked at each message is kept in memory, too."""

    def __init__(self, monitor: Monitor, clock: Clock, *, has_bot: bool = True) -> None:
        """`has_bot`: whether anybody listens to a code in a chat."""
        self._monitor, self._clock, self._has_bot = monitor, clock, has_bot
        self.members: Sequence[ChatMember] = ()
        self.moves: Mapping[int, int] = {}
        self.key = b""
        self._update: Mapping[str, object] = {}
        self.on_paired: Callable[[], None] = lambda: None

    async def load(self) -> None:
        """To be awaited before anything else."""
        async with self._monitor.transaction() as tx:
            self.key = await _key(tx)
            self.moves = await _moves(tx)
            self.members = await tx.chats.members()
            self._update = cast(Mapping[str, object], await tx.settings.get(UPDATE) or {})

    async def renew_secrets(self, by: Actor) -> Sequence[str]:
        key = await self._monitor.renew_signing_key()
        detail = {"checkpoints are signed with": fingerprint_of(key)} if key else {}
        async with self._monitor.transaction() as tx:
            self.key = await _new_key(tx)
            code = await tx.chats.code()
            if code:
                await tx.chats.keep_code(replace(code, expires_at=self._clock.now()))
            await audit(tx, by, "secrets", "renewed the daemon's own secrets", detail)
        return (*RENEWED, SIGNING_KEY) if key else RENEWED

    def last_update(self, bot_id: int) -> int | None:
        kept = self._update
        is_known = kept and kept["bot"] == bot_id
        if not is_known or self._clock.now() - datetime.fromisoformat(str(kept["at"])) > UPDATES_KEPT:
            return None
        return cast(int, kept["id"])

    async def take_update(self, bot_id: int, update_id: int) -> None:
        self._update = {"bot": bot_id, "id": update_id, "at": self._clock.now().isoformat()}
        async with self._monitor.transaction() as tx:
            await tx.settings.set(UPDATE, self._update)

    async def show_code(self, by: Actor) -> ShownCode:
        if not self._has_bot:
            raise Refused(
                "Telegram is off: put the bot's token into a file, name it in telegram.token_file and restart"
            )
        code, expires_at = code_of(secrets.randbits(40)), self._clock.now() + CODE_LIFETIME
        async with self._monitor.transaction() as tx:
            await tx.chats.keep_code(PairingCode(digest_of(code), expires_at, by.name))
            await audit(tx, by, "pairing", "a pairing code was shown")
        return ShownCode(code, expires_at)

    async def pair(self, code: str, newcomer: Newcomer) -> ChatMember:
        async with self._monitor.transaction() as tx:
            kept = await tx.chats.code()
            if not kept or not kept.is_good(self._clock.now()) or len(self.members) >= MOST_MEMBERS:
                raise Refused(NOT_GOOD)
            who = Actor(f"telegram:{newcomer.user_id} {newcomer.user_name}".strip(), telegram_id=newcomer.user_id)
            fits = kept.fits(code)
            if fits:
                member = ChatMember(**asdict(newcomer), paired_at=self._clock.now(), paired_by=kept.created_by)
                await self._take_in(tx, who, member)
            else:
                await tx.chats.keep_code(kept.failed())
                text = f"typed a wrong pairing code in chat {newcomer.chat_id}"
                await audit(tx, who, "pairing", text)
        if not fits:
            raise Refused(NOT_GOOD)
        self.on_paired()
        return member

    async def unpair(self, chat_id: int, user_id: int | None, by: Actor) -> Sequence[ChatMember]:
        leaving = [one for one in self.members if one.chat_id == chat_id and user_id in (None, one.user_id)]
        if not leaving:
            whom = f"user {user_id}" if user_id is not None else "nobody"
            raise NotFound(f"{whom} is paired in chat {chat_id}; see: cortexctl telegram list")
        async with self._monitor.transaction() as tx:
            for one in leaving:
                await tx.chats.remove(one)
                text = f"unpaired telegram:{one.user_id} {one.user_name} in chat {one.chat_id}"
                await audit(tx, by, "pairing", text)
        self.members = [one for one in self.members if one not in leaving]
        return leaving

    async def move(self, old_chat_id: int, new_chat_id: int) -> None:
        async with self._monitor.transaction() as tx:
            moves = {old: new for old, new in (await _moves(tx)).items() if old != new_chat_id}
            moves[old_chat_id] = new_chat_id
            await tx.settings.set(MOVES, {str(old): new for old, new in moves.items()})
            await tx.chats.move(old_chat_id, new_chat_id)
            self.members = await tx.chats.members()
        self.moves = moves

    async def press(self, token: str, user_id: int) -> bool:
        now = self._clock.now()
        async with self._monitor.transaction() as tx:
            return await tx.chats.press(token, user_id, now, now - PRESSES_KEPT)

    async def take_back(self, token: str, user_id: int) -> None:
        async with self._monitor.transaction() as tx:
            await tx.chats.take_back(token, user_id)

    async def refuse(self, by: Actor, subject: str, reason: str) -> None:
        async with self._monitor.transaction() as tx:
            await audit(tx, by, subject, f"refused: {reason}")

    async def _take_in(self, tx: Transaction, who: Actor, member: ChatMember) -> None:
        await tx.chats.keep_code(None)
        await tx.chats.add(member)
        await tx.effects.hasten_messages(self._clock.now())  # some may have waited for a chat
        await audit(tx, who, "pairing", f"was paired in chat {member.chat_id} with the code of {member.paired_by}")
        self.members = await tx.chats.members()


async def _key(tx: Transaction) -> bytes:
    kept = await tx.settings.get(KEY)
    if isinstance(kept, str):
        return bytes.fromhex(kept)
    return await _new_key(tx)


async def _new_key(tx: Transaction) -> bytes:
    key = secrets.token_bytes(32)
    await tx.settings.set(KEY, key.hex())
    return key


async def _moves(tx: Transaction) -> Mapping[int, int]:
    kept = cast(Mapping[str, int], await tx.settings.get(MOVES) or {})
    return {int(old): new for old, new in kept.items()}

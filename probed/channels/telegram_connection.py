"""The bot in one chat: every message to it has its turn; a group that became a supergroup is followed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from loguru import logger

from probed.channels.pace import Pace
from probed.channels.telegram_bot import TelegramBot
from probed.channels.telegram_errors import Rejected
from probed.errors import ChannelError

if TYPE_CHECKING:
    from telegram import Bot

T = TypeVar("T")
Moved = Callable[[int, int], Awaitable[None]]
"""Told the chat's old and its new id."""


class TelegramConnection:
    def __init__(self, line: TelegramBot, chat_ids: Sequence[int], pace: Pace, moved: Moved) -> None:
        self.line, self.pace, self._moved = line, pace, moved
        self.chat_ids = list(chat_ids)
        """The chat's ids so far; the last one counts."""
        self._one_at_a_time = asyncio.Lock()

    @property
    def chat_id(self) -> int:
        return self.chat_ids[-1]

    @property
    def bot(self) -> Bot:
        return self.line.api

    async def call(self, request: Callable[[int], Awaitable[T]], *, only_in: int | None = None) -> T:
        """Await `request(chat_id)` in its turn; a group that became a supergroup is followed.

        With `only_in` the request concerns a message of that chat, and is not followed elsewhere. Raises ChannelError:
        Rejected where other content may pass, Unanswered where it may have been carried out.
        """
        from telegram.error import ChatMigrated

        for _ in range(2):
            if only_in not in (None, self.chat_id):
                raise Rejected(f"the chat {only_in} has become {self.chat_id}")
            try:
                return await self._in_turn(request)
            except ChatMigrated as moved:
                await self.follow(moved.new_chat_id)
        raise ChannelError("the chat moves on and on", transient=True)

    async def aside(self, request: Awaitable[T]) -> T:
        """Await a request that is no message to the chat, such as the answer to a touched button."""
        return await self.line.guarded(request, self.chat_id)

    async def follow(self, new_chat_id: int) -> None:
        """The chat has another id from now on, also after a restart."""
        old_chat_id = self.chat_id
        if new_chat_id == old_chat_id:
            return
        logger.warning("the Telegram group {} has become the supergroup {}", old_chat_id, new_chat_id)
        self.chat_ids = [*(known for known in self.chat_ids if known != new_chat_id), new_chat_id]
        await self._moved(old_chat_id, new_chat_id)

    async def _in_turn(self, request: Callable[[int], Awaitable[T]]) -> T:
        """One after another: how long a request takes to get there must not bring two closer together."""
        async with self._one_at_a_time:
            await self.pace.turn()
            await self.line.pace.turn()
            try:
                return await self._guarded(request(self.chat_id))
            finally:
                self.pace.answered()

    async def _guarded(self, request: Awaitable[T]) -> T:
        try:
            return await self.line.guarded(request, self.chat_id)
        except ChannelError as error:
            if error.retry_after_s:
                self.pace.hold(error.retry_after_s)
            raise

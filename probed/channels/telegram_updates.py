"""What people do in the chats, taken in by long polling: touched buttons, commands, replies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from loguru import logger

from probed.channels.telegram_asks import TelegramAsks
from probed.channels.telegram_bot import POLL_S
from probed.channels.telegram_commands import MENU, TelegramCommands
from probed.channels.telegram_errors import Contested
from probed.channels.telegram_presses import TelegramPresses
from probed.channels.telegram_talk import TelegramTalk, sender_of
from probed.core.phrases import word
from probed.errors import ChannelError, CortexError

if TYPE_CHECKING:
    from telegram import Message, Update

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 9.0
REFUSED_RETRY_S = 60.0
"""A person has to mend that."""
CONTESTED_RETRY_S = 60.0
CONTESTED_FOR_S = 900.0
"""Two pollers take turns: that one of them hears something does not mean that the other has gone."""
CONTESTED = (
    "another program listens to this Telegram bot: buttons and commands may do nothing here; messages go on. "
    "Each host needs a bot of its own"
)


Heard = Callable[[int], Awaitable[None]]
"""Gets the id of a listed chat."""


async def _nobody_waits(chat_id: int) -> None: ...


class TelegramUpdates:
    def __init__(
        self,
        talk: TelegramTalk,
        heard: Heard = _nobody_waits,
        *,
        poll_s: int = POLL_S,
        contested_retry_s: float = CONTESTED_RETRY_S,
    ) -> None:
        """`heard`: what came from a chat shows that it is within reach, whatever was refused there before."""
        self._talk, self._line, self._heard = talk, talk.chats.line, heard
        self._asks = TelegramAsks(talk)
        self._presses, self._commands = TelegramPresses(talk, self._asks), TelegramCommands(talk, self._asks)
        self._poll_s, self._contested_retry_s = poll_s, contested_retry_s
        taken = talk.pairings.last_update(self._line.id)
        self._offset = None if taken is None else taken + 1
        self._failures = 0
        self._has_menu = False
        self._contested_at_s = float("-inf")
        self._refused = ""

    async def run(self) -> None:
        """Until it is cancelled; a failure is logged and tried again, ever more slowly."""
        try:
            await self._listen()
        finally:
            await self._asks.close()
            await self._talk.replies.close()

    def notes(self) -> Sequence[str]:
        is_contested = time.monotonic() - self._contested_at_s < CONTESTED_FOR_S
        return [*([CONTESTED] if is_contested else []), *([self._refused] if self._refused else [])]

    async def _listen(self) -> None:
        while True:
            try:
                updates = await self._line.updates(self._offset, self._poll_s)
            except Contested as contest:
                await self._wait_for_other_poller(contest)
            except ChannelError as error:
                await self._back_off(error)
            else:
                self._failures, self._refused = 0, ""
                for update in updates:
                    self._offset = update.update_id + 1
                    await self._take(update)
                await self._show_menu()

    async def _show_menu(self) -> None:
        """Tell Telegram which commands there are; without that they work as well."""
        if self._has_menu:
            return
        try:
            await self._line.guarded(
                self._line.api.set_my_commands([(command, word(what)) for command, what in MENU.items()])
            )
        except ChannelError as error:
            logger.info("Telegram takes no menu of commands: {}", error.reason)
            self._has_menu = not error.transient
        else:
            self._has_menu = True

    async def _wait_for_other_poller(self, contest: Contested) -> None:
        if "webhook" in contest.reason.lower():
            logger.warning("the Telegram bot has a web hook; it is removed, for Cortex asks by itself")
            try:
                await self._line.guarded(self._line.api.delete_webhook())
            except ChannelError as error:
                await self._back_off(error)
            return
        is_news = CONTESTED not in self.notes()
        self._contested_at_s = time.monotonic()
        if is_news:
            await self._say_contested()
        await asyncio.sleep(self._contested_retry_s)

    async def _say_contested(self) -> None:
        """In the chats, too: whoever touches a button there sees nothing come of it."""
        logger.warning("{}", CONTESTED)
        try:
            await self._talk.operator.notify(word(CONTESTED))
        except CortexError as error:
            logger.warning("that is not told: {}", error)

    async def _back_off(self, error: ChannelError) -> None:
        self._failures += 1
        wait_s = min(FIRST_RETRY_S * 2.0 ** min(self._failures - 1, 10), LONGEST_RETRY_S)
        wait_s = max(wait_s, error.retry_after_s or 0.0, 0.0 if error.transient else REFUSED_RETRY_S)
        text = f"Telegram gives no updates: {error.reason}"
        if self._failures == 1:
            logger.warning("{}; trying on", text)
        self._refused = "" if error.transient else text
        await asyncio.sleep(wait_s)

    async def _take(self, update: Update) -> None:
        try:
            await self._talk.pairings.take_update(self._line.id, update.update_id)
            if update.effective_chat and self._talk.chats.find(update.effective_chat.id):
                await self._heard(update.effective_chat.id)
        except CortexError as error:  # with a full disk questions are answered all the same
            logger.warning("that an update was taken in is not remembered: {}", error)
        try:
            if update.callback_query:
                await self._presses.take(update.callback_query)
            elif update.message:
                await self._said(update.message)
        except ChannelError as error:
            logger.warning("Telegram takes no answer: {}", error.reason)
        except Exception as error:  # noqa: BLE001 - one update must not end the loop that takes in all others
            logger.opt(exception=error).error("a Telegram update was not understood")

    async def _said(self, message: Message) -> None:
        if message.migrate_to_chat_id:
            chat = self._talk.chats.find(message.chat.id)
            if chat:
                await chat.follow(message.migrate_to_chat_id)
        elif message.text and not await self._is_reply(message) and message.text.startswith("/"):
            await self._commands.take(message)

    async def _is_reply(self, message: Message) -> bool:
        """Whether it answers what we asked, or asks on. What it says may be a path, and begin as a command does."""
        if not self._talk.is_allowed(sender_of(message), message.chat.id):
            return False
        return await self._presses.confirm(message) or await self._asks.go_on(message)

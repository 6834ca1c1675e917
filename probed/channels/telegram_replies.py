"""Answers to what people typed: each waits for its turn beside what is taken in meanwhile, and is tried for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from loguru import logger

from probed.errors import ChannelError

PATIENCE_S = 120.0
"""Nobody waits longer for an answer."""
RETRY_S = 2.0
MOST_WAITING = 20
"""In one chat: whoever floods one is alone with it."""
MOST_CHATS = 200

Sending = Callable[[], Awaitable[object]]


class TelegramReplies:
    def __init__(self) -> None:
        self._newest: dict[int, asyncio.Task[None]] = {}
        """By chat: what the next answer there waits for."""
        self._waiting: dict[asyncio.Task[None], int] = {}

    def post(self, chat_id: int, sending: Sending) -> None:
        """Behind the earlier ones of the chat. What is too much is left out: whoever asked can ask again."""
        waiting = sum(each == chat_id for each in self._waiting.values())
        if waiting >= MOST_WAITING or (waiting == 0 and len(self._newest) >= MOST_CHATS):
            logger.warning("too many answers wait for Telegram; another one, in chat {}, is left out", chat_id)
            return
        before = self._newest.get(chat_id)
        task = asyncio.create_task(_send(before, sending), name=f"answer in chat {chat_id}")
        self._newest[chat_id] = task
        self._waiting[task] = chat_id
        task.add_done_callback(lambda done: self._forget(chat_id, done))

    async def close(self) -> None:
        waiting = list(self._waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    def _forget(self, chat_id: int, task: asyncio.Task[None]) -> None:
        self._waiting.pop(task, None)
        if self._newest.get(chat_id) is task:
            del self._newest[chat_id]
        if not task.cancelled() and (error := task.exception()):
            logger.opt(exception=error).error("an answer for Telegram failed")


async def _send(before: asyncio.Task[None] | None, sending: Sending) -> None:
    until = time.monotonic() + PATIENCE_S
    if before:
        await asyncio.wait([before])
    while True:
        try:
            await sending()
        except ChannelError as error:
            wait_s = max(error.retry_after_s or 0.0, RETRY_S)
            if not error.transient or time.monotonic() + wait_s > until:
                logger.warning("Telegram takes no answer: {}", error.reason)
                return
            await asyncio.sleep(wait_s)
        else:
            return

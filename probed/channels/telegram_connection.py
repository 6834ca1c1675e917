"""The bot and its one chat: every request is paced, has a deadline, and fails with an error of ours."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from loguru import logger

from probed.channels.pace import Pace
from probed.channels.telegram_errors import Rejected, Unanswered, retry_after_s, translate
from probed.config.secret import read_secret
from probed.config.telegram import TelegramSettings
from probed.errors import ChannelError, ConfigError

if TYPE_CHECKING:
    from telegram import Bot, Update
    from telegram.request import HTTPXRequest

T = TypeVar("T")

CONNECT_S = 5.0
ANSWER_S = 15.0
POLL_S = 50
LOGGERS_THAT_NAME_URLS = ("httpx", "httpcore", "telegram")
"""A request's URL holds the bot's token, and these log URLs."""


class TelegramConnection:
    def __init__(self, settings: TelegramSettings, pace: Pace | None = None) -> None:
        """Raises ConfigError: no chat, or a token file that is missing, readable by others, or without a token."""
        if settings.token_file is None or settings.chat_id is None:
            raise ConfigError("telegram", 0, "telegram.token_file and telegram.chat_id belong together")
        self._token = _token(settings)
        self.chat_ids = [settings.chat_id]
        """The configured chat and those that it has become since; the last one counts."""
        self.pace = pace or Pace(is_group=settings.chat_id < 0)
        self.bot, self._requests = _build_bot(self._token, settings.api_url)

    @property
    def chat_id(self) -> int:
        return self.chat_ids[-1]

    async def call(self, request: Callable[[int], Awaitable[T]], *, only_in: int | None = None) -> T:
        """Await `request(chat_id)` in its turn; a group that became a supergroup is followed.

        With `only_in` the request concerns a message of that chat, and is not followed elsewhere. Raises ChannelError:
        Rejected where other content may pass, Unanswered where it may have been carried out.
        """
        from telegram.error import ChatMigrated

        for _ in range(2):
            if only_in not in (None, self.chat_id):
                raise Rejected(f"the chat {only_in} has become {self.chat_id}")
            await self.pace.turn()
            try:
                return await self._guarded(request(self.chat_id))
            except ChatMigrated as moved:
                self._follow(moved.new_chat_id)
        raise ChannelError("the chat moves on and on", transient=True)

    async def updates(self, offset: int | None, poll_s: int = POLL_S) -> tuple[Update, ...]:
        """What people did, from update `offset` on; waits up to `poll_s`. Raises ChannelError, Contested among them."""
        return await self._guarded(
            self.bot.get_updates(offset=offset, timeout=poll_s, allowed_updates=["message", "callback_query"])
        )

    async def aside(self, request: Awaitable[T]) -> T:
        """Await a request that is no message to the chat, such as the answer to a touched button."""
        return await self._guarded(request)

    async def close(self) -> None:
        for request in self._requests:
            await request.shutdown()

    async def _guarded(self, request: Awaitable[T]) -> T:
        from telegram.error import ChatMigrated, RetryAfter, TelegramError

        try:
            return await request
        except ChatMigrated:
            raise
        except RetryAfter as error:
            self.pace.hold(retry_after_s(error))
            raise translate(error, self.chat_id) from None
        except TelegramError as error:
            problem = translate(error, self.chat_id)
            problem.reason = self._without_token(problem.reason)
            problem.args = (problem.reason,)
            raise problem from None  # the causes hold the URL and with it the token
        except (KeyError, TypeError, ValueError) as error:
            raise Unanswered(f"the answer is none of Telegram's ({type(error).__name__})") from None

    def _follow(self, new_chat_id: int) -> None:
        logger.warning(
            "the Telegram group {} has become the supergroup {}; set telegram.chat_id to {}",
            self.chat_id,
            new_chat_id,
            new_chat_id,
        )
        self.chat_ids = [*(known for known in self.chat_ids if known != new_chat_id), new_chat_id]

    def _without_token(self, text: str) -> str:
        return text.replace(self._token, "***")


def _token(settings: TelegramSettings) -> str:
    assert settings.token_file
    token = read_secret(settings.token_file, "telegram.token_file")
    if not re.fullmatch(r"\d+:[\w-]+", token, re.ASCII):
        raise ConfigError(str(settings.token_file), 0, "telegram.token_file holds no bot's token, as in 12345:AbC-dEf")
    return token


def _build_bot(token: str, api_url: str) -> tuple[Bot, list[HTTPXRequest]]:
    # the library's own switch from int to timedelta, without which each RetryAfter warns of the change
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    for name in LOGGERS_THAT_NAME_URLS:
        logging.getLogger(name).setLevel(logging.WARNING)
    import httpx
    from telegram import Bot
    from telegram.request import HTTPXRequest

    trust = httpx.create_ssl_context()
    requests = [
        HTTPXRequest(
            connection_pool_size=size,
            connect_timeout=CONNECT_S,
            read_timeout=ANSWER_S,
            write_timeout=ANSWER_S,
            pool_timeout=CONNECT_S,
            media_write_timeout=ANSWER_S,
            httpx_kwargs={"verify": trust},
        )
        for size in (4, 1)
    ]
    root = api_url.rstrip("/")
    bot = Bot(
        token,
        base_url=f"{root}/bot",
        base_file_url=f"{root}/file/bot",
        request=requests[0],
        get_updates_request=requests[1],
    )
    return bot, requests

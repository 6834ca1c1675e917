"""The bot: every request of its has a deadline, keeps the limit over all chats, and fails with an error of ours."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Awaitable
from typing import TYPE_CHECKING, TypeVar

from probed.channels.pace import OverallPace
from probed.channels.telegram_errors import Unanswered, translate
from probed.config.secret import read_secret
from probed.config.telegram import TelegramSettings
from probed.errors import ConfigError

if TYPE_CHECKING:
    from telegram import Bot, Update
    from telegram.request import HTTPXRequest

T = TypeVar("T")

CONNECT_S = 5.0
ANSWER_S = 15.0
POLL_S = 50
HEARD = ("message", "callback_query", "my_chat_member")
"""The last one tells that somebody blocks or unblocks the bot, or changes what it may do in a group."""
LOGGERS_THAT_NAME_URLS = ("httpx", "httpcore", "telegram")
"""A request's URL holds the bot's token, and these log URLs."""


class TelegramBot:
    def __init__(self, settings: TelegramSettings) -> None:
        """Raises ConfigError: a token file that is missing, readable by others, or without a token."""
        self._token = _token(settings)
        self.api, self._requests = _build_bot(self._token, settings.api_url)
        self.pace = OverallPace()
        self._username = ""

    @property
    def id(self) -> int:
        """The bot's user id, with which its token begins."""
        return int(self._token.partition(":")[0])

    async def updates(self, offset: int | None, poll_s: int = POLL_S) -> tuple[Update, ...]:
        """What people did, from update `offset` on; waits up to `poll_s`. Raises ChannelError, Contested among them."""
        return await self.guarded(self.api.get_updates(offset=offset, timeout=poll_s, allowed_updates=HEARD))

    async def username(self) -> str:
        """What commands for this bot alone are addressed to, as in `/status@NAME`. Raises ChannelError."""
        if not self._username:
            self._username = (await self.guarded(self.api.get_me())).username or ""
        return self._username

    async def guarded(self, request: Awaitable[T], chat_id: int | None = None) -> T:
        """Await the request. Raises ChannelError, and lets ChatMigrated pass."""
        from telegram.error import ChatMigrated, TelegramError

        try:
            return await request
        except ChatMigrated:
            raise
        except TelegramError as error:
            problem = translate(error, chat_id)
            problem.reason = self._without_token(problem.reason)
            problem.args = (problem.reason,)
            raise problem from None  # the causes hold the URL and with it the token
        except (KeyError, TypeError, ValueError) as error:
            raise Unanswered(f"the answer is none of Telegram's ({type(error).__name__})") from None

    async def close(self) -> None:
        for request in self._requests:
            await request.shutdown()

    def _without_token(self, text: str) -> str:
        return text.replace(self._token, "***")


def _token(settings: TelegramSettings) -> str:
    if settings.token_file is None:
        raise ConfigError("telegram", 0, "telegram.token_file is not set")
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
        for size in (8, 1)
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

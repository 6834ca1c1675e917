"""What Telegram's refusals mean for a message, in words that name the remedy."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from probed.errors import ChannelError, MessageRefused

if TYPE_CHECKING:
    from telegram.error import NetworkError, RetryAfter, TelegramError

CHAT_PROBLEMS = (
    "chat not found",
    "chat_id is empty",
    "peer_id_invalid",
    "group chat was deactivated",
    "have no rights",
    "not enough rights",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_restricted",
    "topic_closed",
    "no write access",
    "channel_private",
)
NO_FILES = "rights to send documents"
"""The chat takes messages, and no files."""


class Rejected(MessageRefused):
    """Telegram does not take this content; something else might pass."""

    def says(self, words: str) -> bool:
        return words in self.reason.lower()


class Unanswered(ChannelError):
    """The request left and no answer came: the message may have arrived."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, transient=True, may_have_arrived=True)


class Contested(ChannelError):
    """Another program polls with the same bot, or Telegram calls a web hook instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, transient=True)


def translate(error: TelegramError, chat_id: int | None) -> ChannelError:
    """The error of a request to the chat (None: to none), without the chat's migration, which is followed instead."""
    from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

    text = str(error)[:300]
    match error:
        case RetryAfter():
            return ChannelError(text, transient=True, retry_after_s=retry_after_s(error))
        case Forbidden():
            remedy = "unblock the bot there, or add it to the group again"
            return ChannelError(f"the bot may not write to chat {chat_id} ({text}); {remedy}", transient=False)
        case InvalidToken() if "not found" in text.lower():
            remedy = "look at telegram.api_url, and at the token in telegram.token_file"
            return ChannelError(f"the Bot API server knows no such bot ({text}); {remedy}", transient=False)
        case InvalidToken():
            remedy = "put the token that @BotFather shows into telegram.token_file and restart"
            return ChannelError(f"Telegram refuses the bot's token ({text}); {remedy}", transient=False)
        case BadRequest() if NO_FILES in text.lower():
            return Rejected(text)
        case BadRequest() if any(words in text.lower() for words in CHAT_PROBLEMS):
            remedy = "look at telegram.chat_id, and write to the bot once or give it the right to post"
            return ChannelError(
                f"Telegram does not take messages for chat {chat_id} ({text}); {remedy}", transient=False
            )
        case BadRequest():
            return Rejected(text)
        case Conflict():
            return Contested(text)
        case NetworkError():
            return _network(error, text)
        case _:
            return ChannelError(text, transient=True)


def retry_after_s(error: RetryAfter) -> float:
    """python-telegram-bot is changing the type from int to timedelta."""
    after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


def _network(error: NetworkError, text: str) -> ChannelError:
    import httpx

    cause = error.__cause__
    never_left = isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    if isinstance(cause, httpx.HTTPError) and not never_left:
        return Unanswered(f"no answer from Telegram ({text or type(cause).__name__})")
    return ChannelError(f"Telegram is not reachable ({text})", transient=True)

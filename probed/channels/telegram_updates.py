"""What people do in the chat: touched buttons and commands, taken in by long polling."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loguru import logger

from probed.channels.telegram_connection import POLL_S, TelegramConnection
from probed.channels.telegram_errors import Contested
from probed.channels.telegram_html import MAX_UNITS, clean, wrapped
from probed.errors import ChannelError, Conflict, CortexError, NotFound
from probed.ports import Actor, Operator

if TYPE_CHECKING:
    from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update, User

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
CONTESTED_RETRY_S = 60.0
STRANGERS_PAUSE_S = 10.0
MAX_ANSWER = 200
HELP = """\
/status - how the host is
/help - this text
Decisions and alerts come with buttons; each message also names the command for the terminal."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of a touched button."""

    text: str
    failed: bool = False
    is_over: bool = False
    """There is nothing left to press it for."""


class TelegramUpdates:
    def __init__(
        self,
        connection: TelegramConnection,
        allowed_users: Collection[int],
        operator: Operator,
        status: Callable[[], Awaitable[str]],
        *,
        poll_s: int = POLL_S,
        contested_retry_s: float = CONTESTED_RETRY_S,
    ) -> None:
        """`status`: the text that answers /status."""
        self._connection, self._allowed_users = connection, frozenset(allowed_users)
        self._operator, self._status = operator, status
        self._poll_s, self._contested_retry_s = poll_s, contested_retry_s
        self._offset: int | None = None
        self._failures = 0
        self._said_contested = False
        self._stranger_answered_at = float("-inf")

    async def run(self) -> None:
        """Until it is cancelled; a failure is logged and tried again, ever more slowly."""
        while True:
            try:
                updates = await self._connection.updates(self._offset, self._poll_s)
            except Contested as contest:
                await self._wait_for_other_poller(contest)
            except ChannelError as error:
                await self._back_off(error)
            else:
                self._failures = 0
                for update in updates:
                    self._offset = update.update_id + 1
                    await self._take(update)

    async def _wait_for_other_poller(self, contest: Contested) -> None:
        if "webhook" in contest.reason.lower():
            logger.warning("the Telegram bot has a web hook; it is removed, for Cortex asks by itself")
            try:
                await self._connection.aside(self._connection.bot.delete_webhook())
            except ChannelError as error:
                await self._back_off(error)
            return
        if not self._said_contested:
            logger.warning(
                "another program asks for this Telegram bot's updates: buttons may do nothing here; messages go on. "
                "Each host needs a bot of its own"
            )
            self._said_contested = True
        await asyncio.sleep(self._contested_retry_s)

    async def _back_off(self, error: ChannelError) -> None:
        self._failures += 1
        wait_s = min(FIRST_RETRY_S * 2.0 ** min(self._failures - 1, 10), LONGEST_RETRY_S)
        wait_s = max(wait_s, error.retry_after_s or 0.0, 0.0 if error.transient else LONGEST_RETRY_S)
        if self._failures == 1:
            logger.warning("Telegram gives no updates: {}; trying on", error.reason)
        await asyncio.sleep(wait_s)

    async def _take(self, update: Update) -> None:
        try:
            if update.callback_query:
                await self._touched(update.callback_query)
            elif update.message and update.message.text and update.message.text.startswith("/"):
                await self._commanded(update.message)
        except ChannelError as error:
            logger.warning("Telegram takes no answer: {}", error.reason)
        except Exception as error:  # noqa: BLE001 - one update must not end the loop that takes in all others
            logger.opt(exception=error).error("a Telegram update was not understood")

    # --- buttons ------------------------------------------------------------------------------------------------------

    async def _touched(self, query: CallbackQuery) -> None:
        """Answered whatever happens: until then the client shows that it waits."""
        chat_id = query.message.chat.id if query.message else None
        verb, _, subject = (query.data or "").partition(":")
        if not self._is_allowed(query.from_user, chat_id):
            logger.warning("Telegram user {} is not allowed to {}", _actor(query.from_user).name, clean(verb)[:20])
            await self._answer(query, "not allowed", alert=True)
            return
        outcome = _Outcome("that went wrong; the daemon's log says why", failed=True)
        try:
            outcome = await self._carry_out(verb, subject, _actor(query.from_user))
        finally:
            await self._answer(query, outcome.text, alert=outcome.failed)
        if outcome.is_over:
            await self._take_away_buttons(query)

    async def _carry_out(self, verb: str, subject: str, by: Actor) -> _Outcome:
        try:
            return _Outcome(await self._ask_operator(verb, subject, by), is_over=True)
        except (NotFound, Conflict) as error:
            return _Outcome(str(error), failed=True, is_over=True)
        except CortexError as error:
            return _Outcome(str(error), failed=True)

    async def _ask_operator(self, verb: str, subject: str, by: Actor) -> str:
        match verb:
            case "approve":
                decision_id, _, seen = subject.partition(".")
                decision = await self._operator.approve(decision_id, by, seen or None)
                return f"approved: {decision.call.key}"
            case "reject":
                decision = await self._operator.reject(subject, by)
                return f"rejected: {decision.call.key}"
            case "acknowledge":
                alert = await self._operator.acknowledge(subject, by)
                return f"acknowledged: {alert.summary}"
            case _:
                raise NotFound("this button is not known any more")

    async def _answer(self, query: CallbackQuery, text: str, *, alert: bool) -> None:
        answer = self._connection.bot.answer_callback_query(query.id, clean(text)[:MAX_ANSWER], show_alert=alert)
        try:
            await self._connection.aside(answer)
        except ChannelError as error:  # too old: the client has stopped waiting by itself
            logger.info("a Telegram button was not answered: {}", error.reason)

    async def _take_away_buttons(self, query: CallbackQuery) -> None:
        """Those of the same subject: a decision is made once, whichever of its buttons was touched."""
        message = query.message
        if message is None:
            return
        left = _without_subject(query)
        try:
            await self._connection.call(
                lambda chat_id: self._connection.bot.edit_message_reply_markup(
                    chat_id, message.message_id, reply_markup=left
                ),
                only_in=message.chat.id,
            )
        except ChannelError as error:
            logger.info("the buttons of a Telegram message stay: {}", error.reason)

    # --- commands -----------------------------------------------------------------------------------------------------

    async def _commanded(self, message: Message) -> None:
        user, words = message.from_user, (message.text or "").split()
        command = words[0].partition("@")[0].lower()
        if user is None or not self._is_allowed(user, message.chat.id):
            await self._turn_away(message)
        elif command == "/status":
            await self._say(await self._status())
        elif command in ("/help", "/start"):
            await self._say(HELP)

    async def _turn_away(self, message: Message) -> None:
        """Strangers are answered and logged now and then, or they could make us flood the chat and the log."""
        now = time.monotonic()
        if now - self._stranger_answered_at < STRANGERS_PAUSE_S:
            return
        self._stranger_answered_at = now
        name = _actor(message.from_user).name if message.from_user else "?"
        logger.warning("a command of {} in chat {} is not allowed", name, message.chat.id)
        await self._connection.aside(self._connection.bot.send_message(message.chat.id, "not allowed"))

    async def _say(self, text: str) -> None:
        piece = next(wrapped(clean(text), MAX_UNITS))
        await self._connection.call(lambda chat_id: self._connection.bot.send_message(chat_id, piece))

    def _is_allowed(self, user: User, chat_id: int | None) -> bool:
        return user.id in self._allowed_users and chat_id in self._connection.chat_ids


def _actor(user: User) -> Actor:
    name = "".join(letter for letter in clean(user.full_name) if letter.isprintable())[:64]
    return Actor(f"telegram:{user.id} {name}".strip(), telegram_id=user.id)


def _without_subject(query: CallbackQuery) -> InlineKeyboardMarkup | None:
    """The message's keyboard without the buttons that concern what the touched one does."""
    from telegram import InlineKeyboardMarkup, Message

    if not isinstance(query.message, Message) or not query.message.reply_markup:
        return None
    rows = [
        [button for button in row if _subject(button.callback_data) != _subject(query.data)]
        for row in query.message.reply_markup.inline_keyboard
    ]
    rows = [row for row in rows if row]
    return InlineKeyboardMarkup(rows) if rows else None


def _subject(data: object) -> str:
    """Without the hash that an approval carries."""
    return str(data).partition(":")[2].partition(".")[0]

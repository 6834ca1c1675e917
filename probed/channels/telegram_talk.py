"""What the bot's answers share: who may talk, and how a card is said in a chat."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from loguru import logger

from probed.channels.message_templates import MessageTemplates
from probed.channels.telegram_callback import Signer
from probed.channels.telegram_chats import TelegramChats
from probed.channels.telegram_html import MAX_UNITS, Page, clean, render, wrapped
from probed.channels.telegram_keyboard import keyboard
from probed.channels.telegram_replies import Sending, TelegramReplies
from probed.core.card import Card
from probed.core.phrases import say
from probed.errors import CortexError
from probed.ports import Actor, Answers, Operator, Pairings, Questions

if TYPE_CHECKING:
    from telegram import ForceReply, InlineKeyboardMarkup, Message, User
    from telegram import MaybeInaccessibleMessage as Shown

MOST_RECORDED = 30
RECORDED_WITHIN_S = 600.0
FRESH = timedelta(minutes=5)
"""What is refused is kept for ever: nobody may fill the disk with it."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something was said, and is answered."""

    chat_id: int
    thread_id: int | None = None
    """The topic, in a group that has some."""
    message_id: int | None = None
    """What the answer replies to."""


class TelegramTalk:
    def __init__(
        self,
        chats: TelegramChats,
        signer: Signer,
        templates: MessageTemplates,
        pairings: Pairings,
        operator: Operator,
        answers: Answers,
        questions: Questions,
    ) -> None:
        self.chats, self.signer, self.templates, self.pairings = chats, signer, templates, pairings
        self.operator, self.answers, self.questions = operator, answers, questions
        self.replies = TelegramReplies()
        self._refused_at: deque[float] = deque(maxlen=MOST_RECORDED)

    def is_allowed(self, user: User | None, chat_id: int | None) -> bool:
        """Only listed people in listed chats."""
        if user is None or chat_id is None:
            return False
        return self.chats.has_user(user.id) and self.chats.find(chat_id) is not None

    def turns_down(self, message: Message) -> bool:
        """Whether what it asks for was wanted too long ago to be done now; whoever typed it is told so."""
        age = datetime.now(UTC) - message.date
        if age <= FRESH:
            return False
        text = say(
            "that was typed {minutes} min ago, by the clock of this host: too old, type it again",
            minutes=int(age.total_seconds() // 60),
        )
        self.tell(spot_of(message), text)
        return True

    async def say(self, spot: Spot, card: Card) -> None:
        """Raises ChannelError."""
        for sending in self._parts(spot, card):
            await sending()

    def say_later(self, spot: Spot, card: Card) -> None:
        for sending in self._parts(spot, card):
            self.replies.post(spot.chat_id, sending)

    async def prompt(self, spot: Spot, text: str, placeholder: str) -> int:
        """Ask for a reply; returns the question's message id. Raises ChannelError."""
        from telegram import ForceReply

        asks = ForceReply(selective=True, input_field_placeholder=clean(placeholder)[:64] or None)
        return (await self._send(spot, Page("", clean(text)), asks)).message_id

    def tell(self, spot: Spot, text: str) -> None:
        """A few words, in their turn."""
        self.replies.post(spot.chat_id, lambda: self._send(spot, Page("", clean(text)), None))

    async def record(self, by: Actor, subject: str, reason: str) -> None:
        """Something was tried and not done."""
        logger.warning("Telegram: {} in vain: {} ({})", by.name, reason, subject)
        now = time.monotonic()
        if len(self._refused_at) == MOST_RECORDED and now - self._refused_at[0] < RECORDED_WITHIN_S:
            return
        self._refused_at.append(now)
        try:
            await self.pairings.refuse(by, subject, reason)
        except CortexError as error:
            logger.warning("that was not recorded: {}", error)

    def _parts(self, spot: Spot, card: Card) -> Iterator[Sending]:
        """The message, and what does not fit into it."""
        connection = self.chats.connection(spot.chat_id)
        page = render(card, "", repeated=False, template=self.templates.of(card.kind))
        buttons = keyboard(card.buttons, self.signer, connection.chat_id)
        yield lambda: self._send(spot, page, buttons)
        if page.attachment:
            content = page.attachment.encode()
            yield lambda: connection.call(
                lambda to: connection.bot.send_document(
                    to, content, filename="answer.txt", message_thread_id=spot.thread_id
                )
            )

    async def _send(self, spot: Spot, page: Page, markup: InlineKeyboardMarkup | ForceReply | None) -> Message:
        from telegram import LinkPreviewOptions, ReplyParameters

        reply = ReplyParameters(spot.message_id, allow_sending_without_reply=True) if spot.message_id else None
        connection = self.chats.connection(spot.chat_id)
        return await connection.call(
            lambda to: connection.bot.send_message(
                to,
                page.html or next(wrapped(page.plain, MAX_UNITS)),
                parse_mode="HTML" if page.html else None,
                reply_markup=markup,
                reply_parameters=reply,
                message_thread_id=spot.thread_id,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )


def spot_of(message: Shown) -> Spot:
    from telegram import Message

    thread_id = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Spot(message.chat.id, thread_id, message.message_id)


def sender_of(message: Message) -> User | None:
    """None for who speaks as a group or a channel: any of its administrators may be behind that, under one id."""
    user = message.from_user
    return None if user is None or message.sender_chat or user.is_bot else user


def actor_of(user: User | None) -> Actor:
    if user is None:
        return Actor("telegram:?")
    return Actor(f"telegram:{user.id} {name_of(user)}".strip(), telegram_id=user.id)


def name_of(user: User) -> str:
    """As people chose it, without what could make it look like something else."""
    return "".join(letter for letter in clean(user.full_name) if letter.isprintable())[:64]

"""What the bot's answers share: who may talk, and how a card is said in a chat."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from loguru import logger

from probed.channels.message_templates import MessageTemplates
from probed.channels.telegram_callback import Signer
from probed.channels.telegram_chats import TelegramChats
from probed.channels.telegram_html import MAX_UNITS, Page, clean, render, wrapped
from probed.channels.telegram_keyboard import keyboard
from probed.core.card import Card
from probed.errors import CortexError
from probed.ports import Actor, Answers, Operator, Pairings

if TYPE_CHECKING:
    from telegram import ForceReply, InlineKeyboardMarkup, Message, User

MOST_RECORDED = 30
RECORDED_WITHIN_S = 600.0
"""What is refused is kept for ever: nobody may fill the disk with it."""


class TelegramTalk:
    def __init__(
        self,
        chats: TelegramChats,
        signer: Signer,
        templates: MessageTemplates,
        pairings: Pairings,
        operator: Operator,
        answers: Answers,
    ) -> None:
        self.chats, self.signer, self.templates, self.pairings = chats, signer, templates, pairings
        self.operator, self.answers = operator, answers
        self._refused_at: deque[float] = deque(maxlen=MOST_RECORDED)

    def is_allowed(self, user: User | None, chat_id: int | None) -> bool:
        """Only listed people in listed chats."""
        if user is None or chat_id is None:
            return False
        return self.chats.has_user(user.id) and self.chats.find(chat_id) is not None

    async def say(self, chat_id: int, card: Card, in_reply_to: int | None = None) -> None:
        """Raises ChannelError."""
        connection = self.chats.connection(chat_id)
        page = render(card, "", repeated=False, template=self.templates.of(card.kind))
        buttons = keyboard(card.buttons, self.signer, connection.chat_id)
        await self._send(chat_id, page, buttons, in_reply_to)
        if page.attachment:
            content = page.attachment.encode()
            await connection.call(lambda to: connection.bot.send_document(to, content, filename="answer.txt"))

    async def prompt(self, chat_id: int, text: str, in_reply_to: int | None, placeholder: str) -> int:
        """Ask for a reply; returns the question's message id. Raises ChannelError."""
        from telegram import ForceReply

        asks = ForceReply(selective=True, input_field_placeholder=clean(placeholder)[:64] or None)
        return (await self._send(chat_id, Page("", clean(text)), asks, in_reply_to)).message_id

    async def tell(self, chat_id: int, text: str, in_reply_to: int | None = None) -> None:
        """A few words. Raises ChannelError."""
        await self._send(chat_id, Page("", clean(text)), None, in_reply_to)

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

    async def _send(
        self, chat_id: int, page: Page, markup: InlineKeyboardMarkup | ForceReply | None, in_reply_to: int | None
    ) -> Message:
        from telegram import LinkPreviewOptions, ReplyParameters

        reply = ReplyParameters(in_reply_to, allow_sending_without_reply=True) if in_reply_to else None
        connection = self.chats.connection(chat_id)
        return await connection.call(
            lambda to: connection.bot.send_message(
                to,
                page.html or next(wrapped(page.plain, MAX_UNITS)),
                parse_mode="HTML" if page.html else None,
                reply_markup=markup,
                reply_parameters=reply,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        )


def actor_of(user: User | None) -> Actor:
    if user is None:
        return Actor("telegram:?")
    return Actor(f"telegram:{user.id} {name_of(user)}".strip(), telegram_id=user.id)


def name_of(user: User) -> str:
    """As people chose it, without what could make it look like something else."""
    return "".join(letter for letter in clean(user.full_name) if letter.isprintable())[:64]

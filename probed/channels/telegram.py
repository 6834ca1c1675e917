"""Telegram: one bot in its chats, each of which is a recipient of its own."""

from __future__ import annotations

import asyncio
import io
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from loguru import logger

from probed.channels.message_templates import MessageTemplates
from probed.channels.telegram_bot import TelegramBot
from probed.channels.telegram_callback import Signer
from probed.channels.telegram_chats import PaceOf, TelegramChats, pace_of
from probed.channels.telegram_connection import TelegramConnection
from probed.channels.telegram_errors import Rejected
from probed.channels.telegram_html import Page, headline, render, wrapped
from probed.channels.telegram_keyboard import keyboard
from probed.config.telegram import TelegramSettings
from probed.core.card import Card, Manner
from probed.core.phrases import say
from probed.errors import ChannelError
from probed.ports import Pairings

if TYPE_CHECKING:
    from telegram import InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters

MAX_ATTACHMENT_BYTES = 1_000_000
SHORT_UNITS = 1000
REMEMBERED = 100
BRANCH = "@"
Receipt = Mapping[str, object]


class TelegramChannel:
    """The first chat there is. Every other one is a branch, with the recipient `telegram@CHAT`."""

    kind = "telegram"
    is_program = False
    can_edit = True

    def __init__(
        self,
        chats: TelegramChats,
        signer: Signer,
        templates: MessageTemplates,
        name: str = "telegram",
        chat_id: int | None = None,
    ) -> None:
        self.name = name
        self.chats, self.signer, self.templates, self._chat_id = chats, signer, templates, chat_id
        self._without_attachment: OrderedDict[str, int] = OrderedDict()
        """Messages that arrived while their attachment did not: the next try sends only that."""
        self._branches: dict[str, TelegramChannel] = {}

    @property
    def connection(self) -> TelegramConnection:
        """Raises ChannelError."""
        found = self._found()
        if found is None:
            raise ChannelError("no chat is paired with the bot yet; type: cortexctl telegram pair", transient=False)
        return found

    def _found(self) -> TelegramConnection | None:
        return self.chats.first() if self._chat_id is None else self.chats.find(self._chat_id)

    def recipients(self) -> Sequence[str]:
        """Of a message to everybody."""
        return (self.name, *(f"{self.name}{BRANCH}{chat_id}" for chat_id in self.chats.listed()[1:]))

    def recipient_in(self, chat_id: int) -> str | None:
        """Who is written to in this chat, by the id that it has now or had once."""
        found = self.chats.find(chat_id)
        return dict(zip(self.chats.listed(), self.recipients(), strict=True))[found.chat_id] if found else None

    def branch(self, recipient: str) -> TelegramChannel | None:
        """The channel of one of `recipients`; None where that chat is not paired any more."""
        base, _, address = recipient.partition(BRANCH)
        if base != self.name or not re.fullmatch(r"-?\d+", address, re.ASCII) or not self.chats.find(int(address)):
            return None
        if recipient not in self._branches:
            self._branches[recipient] = TelegramChannel(
                self.chats, self.signer, self.templates, recipient, int(address)
            )
        return self._branches[recipient]

    async def turn(self) -> None:
        """A chat that is missing is said by `send`."""
        found = self._found()
        if found:
            await found.pace.free()

    async def send(self, card: Card, message_id: str, *, repeated: bool, earlier: Receipt | None) -> Receipt:
        """An update takes the earlier message's place; anything else is a new message, in reply to the earlier one."""
        page = render(card, message_id, repeated=repeated, template=self.templates.of(card.kind))
        previous = _previous(earlier)
        if card.manner is not Manner.MESSAGE and previous and _can_be_replaced(earlier, card):
            try:
                return self._receipt(card, await self._edit(page, self._keyboard(card), *previous))
            except Rejected as refusal:
                logger.info("a Telegram message cannot be edited: {}", refusal.reason)
        if card.manner is Manner.MARK:
            return earlier or {}
        return self._receipt(card, await self._send_whole(card, message_id, page, previous))

    def _receipt(self, card: Card, sent: int) -> Receipt:
        return {"chat_id": self.connection.chat_id, "message_id": sent, "replaceable": card.can_be_replaced}

    async def _send_whole(self, card: Card, message_id: str, page: Page, previous: tuple[int, int] | None) -> int:
        """With what does not fit as an attachment."""
        sent = self._without_attachment.get(message_id)
        if sent is None:
            sent = await self._send_new(page, self._keyboard(card), previous)
        if page.attachment:
            await self._attach(card, message_id, page, sent)
        return sent

    async def close(self) -> None:
        await self.chats.line.close()

    def _keyboard(self, card: Card) -> InlineKeyboardMarkup | None:
        return keyboard(card.buttons, self.signer, self.connection.chat_id)

    async def _edit(self, page: Page, buttons: InlineKeyboardMarkup | None, chat_id: int, message_id: int) -> int:
        """Text without a keyboard takes the buttons away, too. What does not fit stands in the earlier attachment."""
        try:
            await self.connection.call(
                lambda _: self.connection.bot.edit_message_text(
                    page.html,
                    chat_id=chat_id,
                    message_id=message_id,
                    parse_mode="HTML",
                    reply_markup=buttons,
                    link_preview_options=_no_preview(),
                ),
                only_in=chat_id,
            )
        except Rejected as refusal:
            if not refusal.says("message is not modified"):
                raise
        return message_id

    async def _send_new(
        self, page: Page, buttons: InlineKeyboardMarkup | None, previous: tuple[int, int] | None
    ) -> int:
        """Without markup, then also shortened and without buttons, rather than not at all."""
        try:
            return await self._send_text(page.html, "HTML", buttons, previous)
        except Rejected as refusal:
            logger.warning("Telegram rejects a message ({}); sending it as plain text", refusal.reason)
        try:
            return await self._send_text(page.plain, None, buttons, previous)
        except Rejected as refusal:
            logger.warning("Telegram rejects the plain text, too ({}); sending the beginning", refusal.reason)
        return await self._send_text(next(wrapped(page.plain, SHORT_UNITS)), None, None, None)

    async def _send_text(
        self,
        text: str,
        parse_mode: str | None,
        buttons: InlineKeyboardMarkup | None,
        previous: tuple[int, int] | None,
    ) -> int:
        message = await self.connection.call(
            lambda chat_id: self.connection.bot.send_message(
                chat_id,
                text,
                parse_mode=parse_mode,
                reply_markup=buttons,
                reply_parameters=_reply_to(previous, chat_id),
                link_preview_options=_no_preview(),
            )
        )
        return message.message_id

    async def _attach(self, card: Card, message_id: str, page: Page, sent: int) -> None:
        """The rest as a file; where none is taken, what to type instead."""
        name = re.sub(r"[^\w.-]+", "-", f"{card.host[:60]}-{message_id[-6:]}", flags=re.ASCII)
        content = page.attachment.encode()[:MAX_ATTACHMENT_BYTES]
        try:
            await self.connection.call(
                lambda chat_id: self.connection.bot.send_document(
                    chat_id,
                    io.BytesIO(content),
                    filename=f"{name}.txt",
                    caption=headline(card, message_id, repeated=False),
                    reply_parameters=_reply_to((chat_id, sent), chat_id),
                )
            )
        except Rejected as refusal:
            logger.warning("Telegram rejects an attachment: {}", refusal.reason)
            await self._send_instead(message_id, sent)
        except asyncio.CancelledError:
            self._remember(message_id, sent)
            raise
        except ChannelError as error:
            self._remember(message_id, sent)
            error.may_have_arrived = True  # the text has, but after a restart nobody remembers
            raise
        self._without_attachment.pop(message_id, None)

    async def _send_instead(self, message_id: str, sent: int) -> None:
        """One that does not get through is no reason to send the message again."""
        text = say("no file is taken here; the whole text: {command}", command=f"cortexctl messages show {message_id}")
        try:
            await self._send_text(text, None, None, (self.connection.chat_id, sent))
        except ChannelError as error:
            logger.warning("Telegram does not take the hint either: {}", error.reason)

    def _remember(self, message_id: str, sent: int) -> None:
        self._without_attachment[message_id] = sent
        while len(self._without_attachment) > REMEMBERED:
            self._without_attachment.popitem(last=False)


def build_telegram(settings: TelegramSettings, pairings: Pairings, pace: PaceOf = pace_of) -> TelegramChannel:
    """Raises ConfigError."""
    chats = TelegramChats(settings, TelegramBot(settings), pairings, pace)
    return TelegramChannel(chats, Signer(pairings), MessageTemplates(settings.templates))


def _previous(earlier: Receipt | None) -> tuple[int, int] | None:
    """Chat and message of an earlier receipt."""
    chat_id, message_id = (earlier or {}).get("chat_id"), (earlier or {}).get("message_id")
    return (chat_id, message_id) if isinstance(chat_id, int) and isinstance(message_id, int) else None


def _can_be_replaced(earlier: Receipt | None, card: Card) -> bool:
    """Receipts of earlier versions do not say so; theirs were replaced by outcomes alone."""
    return bool((earlier or {}).get("replaceable", card.is_outcome))


def _reply_to(previous: tuple[int, int] | None, chat_id: int) -> ReplyParameters | None:
    """Ids of messages count within one chat: after a move the earlier one is out of reach."""
    from telegram import ReplyParameters

    if not previous or previous[0] != chat_id:
        return None
    return ReplyParameters(previous[1], allow_sending_without_reply=True)


def _no_preview() -> LinkPreviewOptions:
    """What Telegram would fetch is named by host text, which anybody may have written."""
    from telegram import LinkPreviewOptions

    return LinkPreviewOptions(is_disabled=True)

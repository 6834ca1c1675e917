"""Questions asked in a chat: looked into beside everything else that is taken in there, and answered in the same place.

The mark that ends each part of an answer names the question, so that a reply to it goes on with the session, also after
a restart.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from loguru import logger

from probed.channels.telegram_html import MAX_UNITS, clean, units, wrapped
from probed.channels.telegram_talk import Spot, TelegramTalk, actor_of, sender_of, spot_of
from probed.core.inquiry import Inquiry, InquiryDraft, InquiryState, nobody
from probed.core.phrases import say, spoken
from probed.errors import ChannelError, CortexError
from probed.ports import Actor

if TYPE_CHECKING:
    from telegram import Message

COMMAND = re.compile(r"/ask(@\w+)?\b\s*", re.IGNORECASE | re.ASCII)
MARK = re.compile(r"#([0-9a-z]{16})\Z")
MARK_UNITS = 40
LONGEST_QUESTION = 4000
MOST_CITED = 10
"""Of the evidence, as far as an answer lists it."""
LEAST_USD = 0.0001
"""That is named."""
TYPING_EVERY_S = 4.5
"""Telegram shows it for five seconds."""


class TelegramAsks:
    def __init__(self, talk: TelegramTalk) -> None:
        self._talk = talk
        self._under_way: set[asyncio.Task[None]] = set()

    async def begin(self, draft: InquiryDraft, by: Actor, spot: Spot) -> None:
        """The answer comes later. Raises what `Questions.begin` raises."""
        inquiry = await self._talk.questions.begin(draft, by)
        task = asyncio.create_task(self._answer(inquiry, spot), name=f"question {inquiry.id} in chat {spot.chat_id}")
        self._under_way.add(task)
        task.add_done_callback(self._forget)

    async def go_on(self, message: Message) -> bool:
        """Take a reply to an answer of ours; False when it is a reply to something else, or another command."""
        session = self._session_of(message)
        words = message.text or ""
        if not session or (words.startswith("/") and not COMMAND.match(words)):
            return False
        if not self._talk.turns_down(message):
            await self.ask(message, COMMAND.sub("", words, count=1) if words.startswith("/") else words, session)
        return True

    async def ask(self, message: Message, words: str, session: str = "") -> None:
        draft = InquiryDraft(words.strip()[:LONGEST_QUESTION], session)
        if not draft.text:
            self._talk.tell(spot_of(message), say("say what you want to know, as in: /ask why was it slow at three?"))
            return
        try:
            await self.begin(draft, actor_of(sender_of(message)), spot_of(message))
        except CortexError as error:
            self._talk.tell(spot_of(message), spoken(error.args[0]))

    async def close(self) -> None:
        """Whoever asked is not answered any more."""
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _session_of(self, message: Message) -> str:
        replied = message.reply_to_message
        if replied is None or replied.from_user is None or replied.from_user.id != self._talk.chats.line.id:
            return ""
        found = MARK.search(replied.text or "")
        return found[1] if found else ""

    async def _answer(self, inquiry: Inquiry, spot: Spot) -> None:
        typing = asyncio.create_task(self._type(spot))
        try:
            ended = await self._talk.questions.answer(inquiry, nobody)
        finally:
            typing.cancel()
        for part in parts_of(ended):
            self._talk.tell(spot, part)

    async def _type(self, spot: Spot) -> None:
        """Show that somebody is at it."""
        connection = self._talk.chats.connection(spot.chat_id)
        while True:
            try:
                sign = connection.bot.send_chat_action(connection.chat_id, "typing", message_thread_id=spot.thread_id)
                await connection.aside(sign)
            except ChannelError as error:
                logger.info("Telegram does not show that an answer is on its way: {}", error.reason)
            await asyncio.sleep(TYPING_EVERY_S)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.opt(exception=error).error("a question from Telegram was not answered")


def parts_of(inquiry: Inquiry) -> Iterator[str]:
    """As many messages as are needed, each with the mark."""
    pieces = list(_pieces(clean("\n".join(_lines(inquiry))), MAX_UNITS - MARK_UNITS))
    for number, piece in enumerate(pieces, 1):
        place = f"({number}/{len(pieces)}) " if len(pieces) > 1 else ""
        yield f"{piece}\n{place}#{inquiry.id}"


def _lines(inquiry: Inquiry) -> Iterator[str]:
    if inquiry.state is InquiryState.ANSWERED:
        yield inquiry.answer
    else:
        yield say("no answer: {reason}", reason=spoken(inquiry.reason))
    cited = [each for each in inquiry.evidence if each.is_cited][:MOST_CITED]
    if cited:
        yield ""
    for each in cited:
        yield f"{each.id}: {each.probe} {' '.join(f'{name}={value}' for name, value in each.arguments.items())}".strip()
    yield ""
    yield say("{cost} US dollars; reply to this message to ask on", cost=_amount(inquiry.cost_usd))


def _amount(usd: float) -> str:
    return f"< {LEAST_USD}" if 0 < usd < LEAST_USD else f"{usd:.4f}"


def _pieces(text: str, limit: int) -> Iterator[str]:
    """Broken between lines, and within those that are longer than a message."""
    piece = ""
    for line in (part for whole in text.split("\n") for part in wrapped(whole, limit)):
        longer = f"{piece}\n{line}" if piece else line
        if units(longer) > limit:
            yield piece
            longer = line
        piece = longer
    yield piece

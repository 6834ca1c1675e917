"""Commands in a chat: `/status` and the others, each with its word in Telegram's own menu."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from probed.channels.telegram_asks import TelegramAsks
from probed.channels.telegram_talk import Spot, TelegramTalk, actor_of, name_of, sender_of, spot_of
from probed.core.card import Card
from probed.core.phrases import say, spoken, word
from probed.errors import CortexError
from probed.ports import Actor, Newcomer

if TYPE_CHECKING:
    from telegram import Message

STRANGERS_PAUSE_S = 10.0
TRY_AGAIN_S = 3.0
MOST_REMEMBERED = 1000
MENU: Mapping[str, str] = {
    "status": "how the host is",
    "alerts": "what is wrong: acknowledge, silence",
    "decisions": "what waits for your yes or no",
    "runs": "what was inspected",
    "ask": "ask about the host: /ask why was it slow at three?",
    "silence": "say nothing of an alert: /silence ID 8h",
    "run": "inspect now: /run INSPECTION",
    "help": "these commands",
}
CHANGING = frozenset({"ask", "run", "silence"})
"""What costs something is not done late either."""
UNITS_S: Mapping[str, float] = {"m": 60.0, "h": 3600.0, "d": 86400.0}
LONGEST_SILENCE_S = 30 * 86400.0
HOW_TO_SILENCE = "say which alert and for how long, as in: /silence ID 8h (m, h or d; the ids: /alerts)"
HOW_TO_RUN = "say which inspection, as in: /run disks"
NO_NAME = "you speak as a group or a channel here; whoever is paired has to have a name"
HOW_TO_PAIR = "say the code that `cortexctl telegram pair` shows, as in: /pair ABCD2345"


class TelegramCommands:
    def __init__(self, talk: TelegramTalk, asks: TelegramAsks) -> None:
        self._talk, self._asks = talk, asks
        self._stranger_answered_at = float("-inf")
        self._paired_at: OrderedDict[int, float] = OrderedDict()
        """When a user last typed a code."""
        self._lists: Mapping[str, Callable[[], Awaitable[Card]]] = {
            "status": talk.answers.status,
            "alerts": talk.answers.alerts,
            "decisions": talk.answers.decisions,
            "runs": talk.answers.runs,
        }

    async def take(self, message: Message) -> None:
        """What is no command of ours is left alone: others may talk to other bots here. Raises ChannelError."""
        first, *words = (message.text or "").split()
        name, _, bot = first.removeprefix("/").lower().partition("@")
        if bot and bot != (await self._talk.chats.line.username()).lower():
            return
        if name == "pair" or (name == "start" and words):
            await self._pair(message, words)
        elif not self._talk.is_allowed(sender_of(message), message.chat.id):
            await self._turn_away(message)
        elif name in self._lists:
            self._talk.say_later(_aside(message), await self._lists[name]())
        elif name in CHANGING and self._talk.turns_down(message):
            return
        elif name == "ask":
            await self._asks.ask(message, (message.text or "").removeprefix(first))
        else:
            await self._act(message, name, words)

    async def _act(self, message: Message, name: str, words: Sequence[str]) -> None:
        by = actor_of(sender_of(message))
        try:
            match name:
                case "silence":
                    text = await self._silence(words, by)
                case "run":
                    text = await self._run(words, by)
                case "help" | "start":
                    text = "\n".join(f"/{command} - {word(what)}" for command, what in MENU.items())
                case _:
                    return
        except CortexError as error:
            text = spoken(error.args[0])
        self._talk.tell(spot_of(message), text)

    async def _silence(self, words: Sequence[str], by: Actor) -> str:
        for_s = _duration_s(words[1]) if len(words) > 1 else None
        if for_s is None:
            return word(HOW_TO_SILENCE)
        await self._talk.operator.silence_alert(words[0], by, for_s, " ".join(words[2:])[:500])
        return say("silenced for {time}", time=words[1])

    async def _run(self, words: Sequence[str], by: Actor) -> str:
        if len(words) != 1:
            return word(HOW_TO_RUN)
        run = await self._talk.operator.run(words[0], by)
        return say("{inspection} is inspected; what came of it: /runs", inspection=run.inspection)

    async def _pair(self, message: Message, words: Sequence[str]) -> None:
        user, chat = message.from_user, message.chat
        if user is None or self._tries_again_soon(user.id) or self._talk.turns_down(message):
            return
        if not words or sender_of(message) is None:
            self._talk.tell(spot_of(message), word(NO_NAME if words else HOW_TO_PAIR))
            return
        newcomer = Newcomer(chat.id, user.id, (chat.title or chat.full_name or "")[:100], name_of(user))
        try:
            member = await self._talk.pairings.pair("".join(words), newcomer)
        except CortexError as error:
            await self._talk.record(actor_of(user), "pairing", f"/pair in chat {chat.id}")
            self._talk.tell(spot_of(message), spoken(error.args[0]))
            return
        self._talk.tell(spot_of(message), say("paired: {name} may act here; /help", name=member.user_name))

    def _tries_again_soon(self, user_id: int) -> bool:
        """Whoever tries code after code is not even answered."""
        now = time.monotonic()
        is_soon = now - self._paired_at.get(user_id, float("-inf")) < TRY_AGAIN_S
        if not is_soon:
            self._paired_at[user_id] = now
            self._paired_at.move_to_end(user_id)
            while len(self._paired_at) > MOST_REMEMBERED:
                self._paired_at.popitem(last=False)
        return is_soon

    async def _turn_away(self, message: Message) -> None:
        """Strangers are answered and recorded now and then, or they could make us flood the chat and the log."""
        now = time.monotonic()
        if now - self._stranger_answered_at < STRANGERS_PAUSE_S:
            return
        self._stranger_answered_at = now
        await self._talk.record(actor_of(message.from_user), "telegram", f"a command in chat {message.chat.id}")
        self._talk.tell(_aside(message), say("not allowed; to be paired: /pair CODE"))


def _aside(message: Message) -> Spot:
    """There, but in reply to nobody."""
    return replace(spot_of(message), message_id=None)


def _duration_s(text: str) -> float | None:
    found = re.fullmatch(r"(\d{1,4})([mhd])", text.lower(), re.ASCII)
    seconds = int(found[1]) * UNITS_S[found[2]] if found else 0.0
    return seconds if 0 < seconds <= LONGEST_SILENCE_S else None

"""Touched buttons: every one is answered, counts once, and only where it was shown."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from loguru import logger

from probed.channels.telegram_asks import TelegramAsks
from probed.channels.telegram_callback import LETTERS, Press
from probed.channels.telegram_html import clean
from probed.channels.telegram_talk import Spot, TelegramTalk, actor_of, sender_of, spot_of
from probed.core.card import Card
from probed.core.decision import Decision, DecisionState
from probed.core.inquiry import InquiryDraft
from probed.core.phrases import say, spoken, word
from probed.errors import ChannelError, Conflict, CortexError, MessageRefused, NotFound, Refused
from probed.ports import Actor

if TYPE_CHECKING:
    from telegram import CallbackQuery, InlineKeyboardMarkup, Message

MAX_ANSWER = 200
SILENCES_S: Mapping[str, float] = {"silence_1h": 3600.0, "silence_8h": 8 * 3600.0}
NOT_ALLOWED = "not allowed"
USED = "this button was used already"
WENT_WRONG = "that went wrong; the daemon's log says why"
CONFIRMATION_S = 600.0
MOST_ASKED = 100
INVESTIGATE = "What is the cause of this, how bad is it, and what should a person do about it?"
NOT_ASKED = "this question is not open any more; touch Approve again"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a touched button."""

    text: str
    failed: bool = False
    ends: Collection[str] | None = None
    """Verbs of the same subject for which there is nothing left to press; the touched button goes with them. None: the
    buttons stay."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An approval that waits for the object's name as a reply."""

    press: Press
    query: CallbackQuery
    """The touched button."""
    asked_at_s: float


class TelegramPresses:
    def __init__(self, talk: TelegramTalk, asks: TelegramAsks) -> None:
        self._talk, self._asks = talk, asks
        self._asked: OrderedDict[tuple[int, int], Asked] = OrderedDict()
        """By chat and message of the question; forgotten with a restart, then Approve is touched again."""

    async def take(self, query: CallbackQuery) -> None:
        """Answered whatever happens: until then the client shows that it waits."""
        outcome = Outcome(word(WENT_WRONG), failed=True)
        try:
            outcome = await self._outcome(query)
        finally:
            await self._answer(query, outcome)
        if outcome.ends is not None:
            await self._take_away_buttons(query, outcome.ends)

    async def confirm(self, message: Message) -> bool:
        """Take a reply to the question for the object's name; False when it is a reply to something else."""
        replied, user = message.reply_to_message, sender_of(message)
        asked = self._asked.get((message.chat.id, replied.message_id)) if replied else None
        if asked is None or replied is None or user is None:
            return False
        if self._talk.turns_down(message):
            return True
        by = actor_of(user)
        if user.id != asked.query.from_user.id or time.monotonic() - asked.asked_at_s > CONFIRMATION_S:
            await self._talk.record(by, asked.press.object_id, NOT_ASKED)
            self._talk.tell(spot_of(message), word(NOT_ASKED))
            return True
        typed = (message.text or "").strip()
        outcome = await self._once(asked.query.data or "", by, lambda: self._approve(asked.press, by, typed))
        if not outcome.failed:
            del self._asked[message.chat.id, replied.message_id]
        self._talk.tell(spot_of(message), outcome.text)
        if outcome.ends is not None:
            await self._take_away_buttons(asked.query, outcome.ends)
        return True

    async def _outcome(self, query: CallbackQuery) -> Outcome:
        by, chat_id = actor_of(query.from_user), query.message.chat.id if query.message else None
        if not self._talk.is_allowed(query.from_user, chat_id):
            await self._talk.record(by, "telegram", f"a button in chat {chat_id}: {NOT_ALLOWED}")
            return Outcome(word(NOT_ALLOWED), failed=True)
        assert query.message
        assert chat_id is not None
        data = query.data or ""
        try:
            press = self._talk.signer.read(data, self._talk.chats.connection(chat_id).chat_ids)
        except Refused as refusal:
            await self._talk.record(by, "telegram", f"{refusal} ({clean(data)[:64]!r})")
            return Outcome(spoken(refusal.args[0]), failed=True)
        if press.verb == "approve" and await self._wants_name(press):
            return await self._ask_for_name(query, press)
        spot = spot_of(query.message)
        if press.verb == "investigate":
            return await self._once(data, by, lambda: self._investigate(press, by, spot))
        return await self._once(data, by, lambda: self._carry_out(press, by, replace(spot, message_id=None)))

    async def _once(self, token: str, by: Actor, work: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Do it if the button was not used yet; what fails for a passing reason may be tried again."""
        pairings, presser = self._talk.pairings, _presser(token, by)
        try:
            if not await pairings.press(token, presser):
                await self._talk.record(by, "telegram", USED)
                return Outcome(word(USED), failed=True, ends=None if presser else ())
            outcome = await _told(work)
            if outcome.failed and outcome.ends is None:
                await pairings.take_back(token, presser)
        except CortexError as error:
            return Outcome(spoken(error.args[0]), failed=True)
        return outcome

    async def _carry_out(self, press: Press, by: Actor, spot: Spot) -> Outcome:
        talk = self._talk
        match press.verb:
            case "approve":
                return await self._approve(press, by)
            case "reject":
                decision = await talk.operator.reject(press.object_id, by)
                return Outcome(say("rejected: {action}", action=decision.call.key), ends=LETTERS)
            case "acknowledge":
                alert = await talk.operator.acknowledge(press.object_id, by)
                return Outcome(say("acknowledged: {summary}", summary=alert.summary), ends=())
            case "details":
                return await self._show(spot, talk.answers.details(press.object_id))
            case "dry_run":
                return await self._show(spot, talk.answers.dry_run(press.object_id))
            case "more":
                return await self._show_more(press, spot)
        return await self._silence(press, by)

    async def _approve(self, press: Press, by: Actor, confirmation: str = "") -> Outcome:
        decision_id, _, seen = press.subject.partition(".")
        decision = await self._talk.operator.approve(decision_id, by, seen or None, confirmation)
        if decision.state is DecisionState.WAITING:
            people = ", ".join(decision.approvals)
            return Outcome(say("approved by {people}; another person has to approve, too", people=people))
        return Outcome(say("approved: {action}", action=decision.call.key), ends=LETTERS)

    async def _silence(self, press: Press, by: Actor) -> Outcome:
        for_s = SILENCES_S[press.verb]
        await self._talk.operator.silence_alert(press.object_id, by, for_s)
        return Outcome(say("silenced for {time}", time=f"{for_s / 3600:g} h"), ends=SILENCES_S)

    async def _investigate(self, press: Press, by: Actor, spot: Spot) -> Outcome:
        """The answer is a reply to the card."""
        draft = InquiryDraft(word(INVESTIGATE), about=press.object_id)
        try:
            await self._asks.begin(draft, by, spot)
        except CortexError as error:  # whatever it is, the other buttons of the alert are as good as before
            return Outcome(spoken(error.args[0]), failed=True)
        return Outcome(say("it is being looked into; the answer comes here"), ends=())

    async def _show(self, spot: Spot, question: Awaitable[Card]) -> Outcome:
        await self._talk.say(spot, await question)
        return Outcome("", ends=())

    async def _show_more(self, press: Press, spot: Spot) -> Outcome:
        noun, _, start = press.subject.partition(".")
        lists = {"alerts": self._talk.answers.alerts, "decisions": self._talk.answers.decisions}
        return await self._show(spot, lists.get(noun, self._talk.answers.runs)(start))

    async def _wants_name(self, press: Press) -> bool:
        try:
            decision = await self._decision(press)
        except CortexError:
            return False  # the approval itself says what is wrong
        return decision.approval.is_typed and decision.state is DecisionState.WAITING

    async def _decision(self, press: Press) -> Decision:
        return await self._talk.answers.decision(press.object_id)

    async def _ask_for_name(self, query: CallbackQuery, press: Press) -> Outcome:
        assert query.message
        decision = await self._decision(press)
        text = say(
            "{action} cannot be undone. To approve, reply to this message with: {name}",
            action=decision.call.key,
            name=decision.object,
        )
        spot = spot_of(query.message)
        try:
            number = await self._talk.prompt(spot, text, decision.object)
        except MessageRefused:  # nobody can reply in a channel; what refuses the bare approval says what to type where
            return await _told(lambda: self._approve(press, actor_of(query.from_user)))
        self._asked[spot.chat_id, number] = Asked(press, query, time.monotonic())
        while len(self._asked) > MOST_ASKED:
            self._asked.popitem(last=False)
        return Outcome(say("it cannot be undone: type {name} as a reply", name=decision.object), failed=True)

    async def _answer(self, query: CallbackQuery, outcome: Outcome) -> None:
        text = clean(outcome.text)[:MAX_ANSWER]
        line = self._talk.chats.line
        try:
            await line.guarded(line.api.answer_callback_query(query.id, text, show_alert=outcome.failed))
        except ChannelError as error:  # too old: the client has stopped waiting by itself
            logger.info("a Telegram button was not answered: {}", error.reason)

    async def _take_away_buttons(self, query: CallbackQuery, ends: Collection[str]) -> None:
        message = query.message
        if message is None:
            return
        left = _left(query, ends)
        connection = self._talk.chats.connection(message.chat.id)
        try:
            await connection.call(
                lambda chat_id: connection.bot.edit_message_reply_markup(
                    chat_id, message.message_id, reply_markup=left
                ),
                only_in=message.chat.id,
            )
        except ChannelError as error:
            logger.info("the buttons of a Telegram message stay: {}", error.reason)


def _presser(token: str, by: Actor) -> int:
    """An approval counts once for each person, for some decisions need two; anything else counts once."""
    return by.telegram_id or 0 if token.startswith(LETTERS["approve"]) else 0


async def _told(work: Callable[[], Awaitable[Outcome]]) -> Outcome:
    try:
        return await work()
    except (NotFound, Conflict) as error:
        return Outcome(spoken(error.args[0]), failed=True, ends=LETTERS)
    except CortexError as error:
        return Outcome(spoken(error.args[0]), failed=True)


def _left(query: CallbackQuery, ends: Collection[str]) -> InlineKeyboardMarkup | None:
    """The message's keyboard without the touched button, and without those that `ends` names of the same subject."""
    from telegram import InlineKeyboardMarkup, Message

    if not isinstance(query.message, Message) or not query.message.reply_markup:
        return None
    _, subject = _parts(query.data)
    gone = {(LETTERS[verb], subject) for verb in ends}
    rows = [
        [button for button in row if button.callback_data != query.data and _parts(button.callback_data) not in gone]
        for row in query.message.reply_markup.inline_keyboard
    ]
    rows = [row for row in rows if row]
    return InlineKeyboardMarkup(rows) if rows else None


def _parts(data: object) -> tuple[str, str]:
    """Letter and subject, without hash and signature, of what we have signed."""
    head = str(data).partition(":")[0].partition(".")[0]
    return head[:1], head[1:]

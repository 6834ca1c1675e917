"""Sends what the outbox holds: in order for each recipient, again and again until it arrives.

A message is `started`, and committed, before it leaves. One found started after a crash, or sent without an answer, may
have arrived: it is sent once more, marked as repeated, under the same id. A channel that refuses whatever it is given
(its token, its chat) holds up what waits for it; only a message that is itself refused is given up.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from probed.core.card import Card
from probed.core.effect import EffectState, QueuedEffect
from probed.core.ids import make_id
from probed.engine import backlog
from probed.engine.circuits import Circuits
from probed.errors import ChannelError, MessageRefused, NotFound
from probed.ports import Branching, Channel, Clock, Monitor, Reachable, Transaction

log = logging.getLogger("cortex.deliver")

SEND_DEADLINE_S = 60.0
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 7.0
FIRST_HOLD_S = 60.0
LONGEST_HOLD_S = 900.0
MOST_BREAKS = 3
"""How often a message may break its channel before it is given up."""
MOST_IN_VAIN = 50
"""Attempts in a row, before a breaker holds up a program also in compatibility with Alertmanager."""
ANNOUNCE_DEADLINE_S = 20.0
TRY_DEADLINE_S = 20.0
TOLERANCE_S = 0.05
MOST_WAITING = 20_000
"""Messages that may wait for one recipient."""
UNTIL = "until"
"""Where a message keeps until when it is worth being sent."""
TOO_MANY = f"more than {MOST_WAITING} messages wait for this channel"


class DeliveryListener(Protocol):
    async def delivered(self, tx: Transaction, message: QueuedEffect) -> None:
        """Called in the transaction that stores the delivery."""


Receipt = Mapping[str, object]
"""What a channel gave back for a message."""


class Deliverer:
    def __init__(
        self, monitor: Monitor, channels: Sequence[Channel], clock: Clock, listener: DeliveryListener | None = None
    ) -> None:
        self._monitor, self._clock, self._listener = monitor, clock, listener
        self._channels: Mapping[str, Channel] = {channel.name: channel for channel in channels}
        self.circuits = Circuits(clock)
        self.refusals: dict[str, str] = {}
        """Recipients that take nothing until a person mends their channel, with the reason and the remedy."""
        self._breaks: Counter[str] = Counter()
        """How often the channel failed unexpectedly at a message."""

    @property
    def channels(self) -> Sequence[Channel]:
        return list(self._channels.values())

    def recipients(self) -> Mapping[str, Channel]:
        """Everybody who can be told, with the channel that does it."""
        return {name: channel for channel in self._channels.values() for name in _places(channel)}

    async def take_over(self, channels: Sequence[Channel]) -> None:
        """After the configuration was read anew, what was refused may be mended: everything is tried at once."""
        self._channels = {channel.name: channel for channel in channels}
        self.circuits = Circuits(self._clock)
        self.refusals.clear()
        await self.recover()

    def notes(self) -> list[str]:
        """For the status."""
        return [_refusal(recipient, reason) for recipient, reason in self.refusals.items()]

    async def recover(self) -> None:
        """After a restart, the usual remedy, nothing waits for its next attempt."""
        async with self._monitor.transaction() as tx:
            await tx.effects.hasten_messages(self._clock.now())

    async def try_at_once(self, recipient: str) -> bool:
        """Whether what waits for it waited for a person who mends its channel: that is due now."""
        if recipient not in self.refusals:
            return False
        self.circuits.permit(recipient)
        async with self._monitor.transaction() as tx:
            await tx.effects.hasten_messages(self._clock.now(), recipient)
        return True

    async def deliver(self, message: QueuedEffect) -> None:
        channel = self._channel_of(message.recipient)
        if channel is None:
            await self._give_up(message, f"there is no channel {message.recipient!r} any more")
        elif has_lapsed(message, self._clock.now()):
            await self._lapse(message)
        elif wait_s := self._wait_s(message):
            await self._put_off(message, wait_s, message.note)
        else:
            self.circuits.begin(message.recipient)
            try:
                await self._attempt(channel, message)
            finally:
                self.circuits.abandon(message.recipient)

    def _wait_s(self, message: QueuedEffect) -> float:
        """How long its breaker holds it up; Alertmanager has none."""
        return 0.0 if self._is_as_alertmanagers(message) else self.circuits.wait_s(message.recipient)

    def _is_as_alertmanagers(self, message: QueuedEffect) -> bool:
        """Whether a program is to get it when Alertmanager would send it; hundreds of groups do not knock in vain."""
        is_bearable = self.circuits.failures(message.recipient) < MOST_IN_VAIN
        return UNTIL in message.payload and is_bearable and self._is_program(message.recipient)

    async def _attempt(self, channel: Channel, message: QueuedEffect) -> None:
        repeated = message.state is EffectState.IN_DOUBT
        try:
            await channel.turn()  # before the row says that the message leaves: waiting is no sending
        except ChannelError as error:
            await self._put_off(message, error.retry_after_s or backoff_s(1), error.reason)
            return
        try:
            await self._reach(channel, message.recipient)
            message, earlier = await self._start(message)
            receipt = await self._send(channel, message, earlier, repeated=repeated)
        except MessageRefused as refusal:
            await self._give_up(message, refusal.reason)
            await self._answers_again(message.recipient)
        except ChannelError as error:
            await self._failed(message, error, repeated=repeated)
        else:
            await self._delivered(message, receipt)

    def _channel_of(self, recipient: str) -> Channel | None:
        """`NAME@PLACE` is a place that the channel NAME reaches."""
        name, at, _ = recipient.rpartition("@")
        whole = self._channels.get(name) if at else None
        return whole.branch(recipient) if isinstance(whole, Branching) else self._channels.get(recipient)

    def _is_program(self, recipient: str) -> bool:
        """A program gets everything, in order and as it is; people get what is old in one message."""
        channel = self._channel_of(recipient)
        return channel is not None and channel.is_program

    async def try_out(self, name: str, card: Card, message_id: str) -> None:
        """Send this card now, past what waits and past the breaker. Raises NotFound, ChannelError."""
        channel = self._channel_of(name)
        if channel is None:
            raise NotFound(f"there is no channel {name!r}")
        try:
            async with asyncio.timeout(TRY_DEADLINE_S):
                await channel.turn()
                await channel.send(card, message_id, repeated=False, earlier=None)
        except TimeoutError:
            raise ChannelError(
                f"no answer within {TRY_DEADLINE_S:g} s", transient=True, may_have_arrived=True
            ) from None
        except ChannelError:
            raise
        except Exception as error:
            log.exception("channel %s failed at a test message", name)
            raise ChannelError(f"{type(error).__name__}: {error}", transient=True) from error
        await self._answers_again(name)

    async def give_up(self, message: QueuedEffect) -> None:
        """What goes wrong beside the channel is no fault of the message: it is put off."""
        await self._put_off(message, hold_s(1), "put off, see the log")

    async def _put_off(self, message: QueuedEffect, wait_s: float, note: str) -> None:
        due_at = self._clock.now() + timedelta(seconds=wait_s)
        async with self._monitor.transaction() as tx:
            await tx.effects.save(replace(message, due_at=due_at, note=note))

    async def announce(self, card: Card) -> None:
        """Send a card past the outbox, as well as that goes: for when the outbox cannot be written."""
        announcing = (self._announce(channel, card) for channel in self.channels)
        results = await asyncio.gather(*announcing, return_exceptions=True)
        for channel, result in zip(self.channels, results, strict=True):
            if isinstance(result, Exception):
                log.error("%s: %r was not announced: %s", channel.name, card.title, result)

    async def _announce(self, channel: Channel, card: Card) -> None:
        message_id = make_id(self._clock.now(), secrets.randbits(30))
        async with asyncio.timeout(ANNOUNCE_DEADLINE_S):
            await channel.turn()
            await channel.send(card, message_id, repeated=False, earlier=None)

    async def _reach(self, channel: Channel, recipient: str) -> None:
        """As long as nobody answered, a look whether anybody listens is enough: no message leaves for nothing."""
        if self.circuits.is_open(recipient) and isinstance(channel, Reachable):
            await channel.reach()

    async def _start(self, message: QueuedEffect) -> tuple[QueuedEffect, Receipt | None]:
        """The message as it leaves, and the receipt of the one before it about the same."""
        now = self._clock.now()
        async with self._monitor.transaction() as tx:
            whole = message if self._is_program(message.recipient) else await backlog.gather(tx, message, now)
            started = replace(whole, state=EffectState.STARTED, attempts=message.attempts + 1, started_at=now)
            await tx.effects.save(started)
            earlier = await tx.effects.last_receipt(started.subject, started.recipient)
        return started, earlier

    async def _send(
        self, channel: Channel, message: QueuedEffect, earlier: Receipt | None, *, repeated: bool
    ) -> Receipt:
        deadline_s = self._deadline_s(message)
        try:
            async with asyncio.timeout(deadline_s):
                card = Card.from_payload(message.payload)
                return await channel.send(card, message.id, repeated=repeated, earlier=earlier)
        except TimeoutError:
            reason = f"no answer within {deadline_s:.0f} s"
            raise ChannelError(reason, transient=True, may_have_arrived=True) from None
        except ChannelError:
            raise
        except Exception as error:  # whatever a channel does to one message, the next one must have its turn
            log.exception("channel %s failed at message %s", channel.name, message.id)
            raise self._break(message, f"{type(error).__name__}: {error}") from error

    def _deadline_s(self, message: QueuedEffect) -> float:
        """An answer is waited for as long as the message is worth being sent."""
        until = message.payload.get(UNTIL)
        if until is None:
            return SEND_DEADLINE_S
        left_s = (datetime.fromisoformat(str(until)) - self._clock.now()).total_seconds()
        return min(max(left_s, 0.0), SEND_DEADLINE_S)

    def _break(self, message: QueuedEffect, reason: str) -> ChannelError:
        self._breaks[message.id] += 1
        if self._breaks[message.id] < MOST_BREAKS:
            return ChannelError(reason, transient=True, may_have_arrived=True)
        del self._breaks[message.id]
        return MessageRefused(reason)

    async def _delivered(self, message: QueuedEffect, receipt: Receipt) -> None:
        done = replace(message, state=EffectState.DONE, ended_at=self._clock.now(), receipt=receipt, note="")
        async with self._monitor.transaction() as tx:
            await tx.effects.save(done)
            if self._listener:
                await self._listener.delivered(tx, done)
            title = str(message.payload.get("title", ""))
            data = {"recipient": message.recipient, "attempts": message.attempts, "title": title}
            await tx.stream.publish("message.sent", message.id, data)
        self._breaks.pop(message.id, None)
        await self._answers_again(message.recipient)

    async def _answers_again(self, name: str) -> None:
        """What waits for it is due at once."""
        was_open = self.circuits.is_open(name)
        self.circuits.succeed(name)
        self.refusals.pop(name, None)
        if not was_open:
            return
        log.info("%s takes messages again", name)
        async with self._monitor.transaction() as tx:
            await tx.effects.hasten_messages(self._clock.now(), name)
            await tx.stream.publish("channel.changed", name, {"state": "closed"})

    async def _failed(self, message: QueuedEffect, error: ChannelError, *, repeated: bool) -> None:
        """A refusal is the channel's, not the message's: it waits, and what comes after it waits behind it. What is
        said anew at the next flush waits for no person: it tries the channel then, as Alertmanager does."""
        earlier = 0 if self._is_as_alertmanagers(message) else self.circuits.failures(message.recipient)
        failures = max(message.attempts, earlier + 1)
        own_s = backoff_s(failures) if error.transient else hold_s(message.attempts)
        wait_s = max(error.retry_after_s or 0.0, own_s)
        pause_s = max(wait_s - TOLERANCE_S, 0.0)  # it is over when the row is due
        is_said_anew = UNTIL in message.payload and not error.transient
        opened = not is_said_anew and self.circuits.fail(
            message.recipient, error.reason, pause_s=pause_s, at_once=not error.transient
        )
        waiting = replace(
            message,
            state=EffectState.IN_DOUBT if repeated or error.may_have_arrived else EffectState.PENDING,
            due_at=self._clock.now() + timedelta(seconds=wait_s),
            note=error.reason,
        )
        if is_said_anew or has_lapsed(message, self._clock.now()):
            waiting = lapsed(waiting, self._clock.now())
        is_news = not error.transient and self.refusals.get(message.recipient) != error.reason
        async with self._monitor.transaction() as tx:
            await tx.effects.save(waiting)
            await self._bound(tx, message.recipient)
            if opened:
                await tx.stream.publish("channel.changed", message.recipient, {"state": "open", "why": error.reason})
            if is_news:
                await self._say_refusing(tx, message.recipient, error.reason)
        if is_news:
            self.refusals[message.recipient] = error.reason
        elif error.transient:
            log.warning("%s: %s; next try in %.0f s", message.recipient, error.reason, wait_s)

    async def _bound(self, tx: Transaction, recipient: str) -> None:
        """What waits beyond the bound is given up, the oldest first: a person can have it sent again."""
        buried = await tx.effects.bury_oldest(recipient, MOST_WAITING, self._clock.now(), TOO_MANY)
        if buried:
            log.error("%s: %d messages are given up: %s", recipient, buried, TOO_MANY)
            await tx.ledger.append("blocker", "cortex", recipient, f"{buried} messages given up: {TOO_MANY}")

    async def _lapse(self, message: QueuedEffect) -> None:
        async with self._monitor.transaction() as tx:
            await tx.effects.save(lapsed(message, self._clock.now()))

    async def _say_refusing(self, tx: Transaction, recipient: str, reason: str) -> None:
        text = _refusal(recipient, reason)
        log.error("%s", text)
        await tx.ledger.append("blocker", "cortex", recipient, text)
        await tx.stream.publish("daemon.notice", recipient, {"text": text})

    async def _give_up(self, message: QueuedEffect, reason: str) -> None:
        log.error("message %s to %s is given up: %s", message.id, message.recipient, reason)
        dead = replace(message, state=EffectState.DEAD, ended_at=self._clock.now(), note=reason)
        async with self._monitor.transaction() as tx:
            await tx.effects.save(dead)
            text = f"message to {message.recipient} given up: {reason}"
            await tx.ledger.append("blocker", "cortex", message.id, text)


def has_lapsed(message: QueuedEffect, now: datetime) -> bool:
    """Whether what it says is old, and somebody else says it anew."""
    until = message.payload.get(UNTIL)
    return until is not None and datetime.fromisoformat(str(until)) <= now


def lapsed(message: QueuedEffect, now: datetime) -> QueuedEffect:
    return replace(message, state=EffectState.DONE, ended_at=now, note="not delivered in its time")


def _places(channel: Channel) -> Sequence[str]:
    return channel.recipients() if isinstance(channel, Branching) else (channel.name,)


def _refusal(recipient: str, reason: str) -> str:
    return f"{recipient} takes no messages, they wait: {reason}"


def backoff_s(attempts: int) -> float:
    """1, 2, 4, 7 s, each up to a quarter longer so that many senders do not retry in step; never ten seconds, so that
    a channel that is back soon gets what waits for it."""
    return _growing(FIRST_RETRY_S, LONGEST_RETRY_S, attempts)


def hold_s(attempts: int) -> float:
    """1, 2, 4 … 15 minutes, likewise: a person has to act first."""
    return _growing(FIRST_HOLD_S, LONGEST_HOLD_S, attempts)


def _growing(first_s: float, longest_s: float, attempts: int) -> float:
    return min(first_s * 2.0 ** min(max(attempts, 1) - 1, 10), longest_s) * random.uniform(1.0, 1.25)  # noqa: S311

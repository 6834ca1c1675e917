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
from datetime import timedelta

from probed.core.card import Card
from probed.core.effect import EffectState, QueuedEffect
from probed.core.ids import make_id
from probed.engine import backlog
from probed.errors import ChannelError, MessageRefused
from probed.ports import Branching, Channel, Clock, Monitor, Transaction

log = logging.getLogger("cortex.deliver")

SEND_DEADLINE_S = 60.0
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 8.0
FIRST_HOLD_S = 60.0
LONGEST_HOLD_S = 900.0
MOST_BREAKS = 3
"""How often a message may break its channel before it is given up."""
ANNOUNCE_DEADLINE_S = 20.0


class Deliverer:
    def __init__(self, monitor: Monitor, channels: Sequence[Channel], clock: Clock) -> None:
        self._monitor, self._clock = monitor, clock
        self._channels: Mapping[str, Channel] = {channel.name: channel for channel in channels}
        self.refusals: dict[str, str] = {}
        """Recipients that take nothing until a person mends their channel, with the reason and the remedy."""
        self._breaks: Counter[str] = Counter()
        """How often the channel failed unexpectedly at a message."""

    def notes(self) -> list[str]:
        """For the status."""
        return [_refusal(recipient, reason) for recipient, reason in self.refusals.items()]

    async def recover(self) -> None:
        """After a restart, the usual remedy, nothing waits for its next attempt."""
        async with self._monitor.transaction() as tx:
            await tx.effects.hasten_messages(self._clock.now())

    async def deliver(self, message: QueuedEffect) -> None:
        channel = self._channel_of(message.recipient)
        if channel is None:
            await self._give_up(message, f"there is no channel {message.recipient!r} any more")
            return
        repeated = message.state is EffectState.IN_DOUBT
        try:
            await channel.turn()  # before the row says that the message leaves: waiting is no sending
            message = await self._start(message)
            receipt = await self._send(channel, message, repeated=repeated)
        except MessageRefused as refusal:
            await self._give_up(message, refusal.reason)
        except ChannelError as error:
            await self._failed(message, error, repeated=repeated)
        else:
            await self._delivered(message, receipt)

    def _channel_of(self, recipient: str) -> Channel | None:
        """`NAME@PLACE` is a place that the channel NAME reaches."""
        name, at, _ = recipient.rpartition("@")
        whole = self._channels.get(name) if at else None
        return whole.branch(recipient) if isinstance(whole, Branching) else self._channels.get(recipient)

    async def give_up(self, message: QueuedEffect) -> None:
        """What goes wrong beside the channel is no fault of the message: it is put off."""
        due_at = self._clock.now() + timedelta(seconds=hold_s(1))
        async with self._monitor.transaction() as tx:
            await tx.effects.save(replace(message, due_at=due_at, note="put off, see the log"))

    async def announce(self, card: Card) -> None:
        """Send a card past the outbox, as well as that goes: for when the outbox cannot be written."""
        channels = list(self._channels.values())
        results = await asyncio.gather(*(self._announce(channel, card) for channel in channels), return_exceptions=True)
        for channel, result in zip(channels, results, strict=True):
            if isinstance(result, Exception):
                log.error("%s: %r was not announced: %s", channel.name, card.title, result)

    async def _announce(self, channel: Channel, card: Card) -> None:
        message_id = make_id(self._clock.now(), secrets.randbits(30))
        async with asyncio.timeout(ANNOUNCE_DEADLINE_S):
            await channel.turn()
            await channel.send(card, message_id, repeated=False, earlier=None)

    async def _start(self, message: QueuedEffect) -> QueuedEffect:
        now = self._clock.now()
        async with self._monitor.transaction() as tx:
            whole = await backlog.gather(tx, message, now)
            started = replace(whole, state=EffectState.STARTED, attempts=message.attempts + 1, started_at=now)
            await tx.effects.save(started)
        return started

    async def _send(self, channel: Channel, message: QueuedEffect, *, repeated: bool) -> Mapping[str, object]:
        async with self._monitor.transaction() as tx:
            earlier = await tx.effects.last_receipt(message.subject, message.recipient)
        try:
            async with asyncio.timeout(SEND_DEADLINE_S):
                card = Card.from_payload(message.payload)
                return await channel.send(card, message.id, repeated=repeated, earlier=earlier)
        except TimeoutError:
            reason = f"no answer within {SEND_DEADLINE_S:g} s"
            raise ChannelError(reason, transient=True, may_have_arrived=True) from None
        except ChannelError:
            raise
        except Exception as error:  # whatever a channel does to one message, the next one must have its turn
            log.exception("channel %s failed at message %s", channel.name, message.id)
            raise self._break(message, f"{type(error).__name__}: {error}") from error

    def _break(self, message: QueuedEffect, reason: str) -> ChannelError:
        self._breaks[message.id] += 1
        if self._breaks[message.id] < MOST_BREAKS:
            return ChannelError(reason, transient=True, may_have_arrived=True)
        del self._breaks[message.id]
        return MessageRefused(reason)

    async def _delivered(self, message: QueuedEffect, receipt: Mapping[str, object]) -> None:
        done = replace(message, state=EffectState.DONE, ended_at=self._clock.now(), receipt=receipt, note="")
        async with self._monitor.transaction() as tx:
            await tx.effects.save(done)
            data = {"recipient": message.recipient, "attempts": message.attempts}
            await tx.stream.publish("message.sent", message.id, data)
        self._breaks.pop(message.id, None)
        if self.refusals.pop(message.recipient, None):
            log.info("%s takes messages again", message.recipient)

    async def _failed(self, message: QueuedEffect, error: ChannelError, *, repeated: bool) -> None:
        """A refusal is the channel's, not the message's: it waits, and what comes after it waits behind it."""
        own_s = backoff_s(message.attempts) if error.transient else hold_s(message.attempts)
        wait_s = max(error.retry_after_s or 0.0, own_s)
        waiting = replace(
            message,
            state=EffectState.IN_DOUBT if repeated or error.may_have_arrived else EffectState.PENDING,
            due_at=self._clock.now() + timedelta(seconds=wait_s),
            note=error.reason,
        )
        is_news = not error.transient and self.refusals.get(message.recipient) != error.reason
        async with self._monitor.transaction() as tx:
            await tx.effects.save(waiting)
            if is_news:
                await self._say_refusing(tx, message.recipient, error.reason)
        if is_news:
            self.refusals[message.recipient] = error.reason
        elif error.transient:
            log.warning("%s: %s; next try in %.0f s", message.recipient, error.reason, wait_s)

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


def _refusal(recipient: str, reason: str) -> str:
    return f"{recipient} takes no messages, they wait: {reason}"


def backoff_s(attempts: int) -> float:
    """1, 2, 4 … 60 s, each up to a quarter longer so that many senders do not retry in step."""
    return _growing(FIRST_RETRY_S, LONGEST_RETRY_S, attempts)


def hold_s(attempts: int) -> float:
    """1, 2, 4 … 15 minutes, likewise: a person has to act first."""
    return _growing(FIRST_HOLD_S, LONGEST_HOLD_S, attempts)


def _growing(first_s: float, longest_s: float, attempts: int) -> float:
    return min(first_s * 2.0 ** min(max(attempts, 1) - 1, 10), longest_s) * random.uniform(1.0, 1.25)  # noqa: S311

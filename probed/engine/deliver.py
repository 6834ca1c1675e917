"""Sends what the outbox holds: in order for each recipient, again and again until it arrives.

A message is `started`, and committed, before it leaves. One found started after a crash may have arrived: it is sent
once more, marked as repeated, under the same id.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from probed.core.card import Card
from probed.core.effect import EffectState, QueuedEffect
from probed.errors import ChannelError
from probed.ports import Channel, Clock, Monitor

log = logging.getLogger("cortex.deliver")

SEND_DEADLINE_S = 60.0
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0


class Deliverer:
    def __init__(self, monitor: Monitor, channels: Sequence[Channel], clock: Clock) -> None:
        self._monitor, self._clock = monitor, clock
        self._channels: Mapping[str, Channel] = {channel.name: channel for channel in channels}

    async def deliver(self, message: QueuedEffect) -> None:
        channel = self._channels.get(message.recipient)
        if channel is None:
            await self._give_up(message, f"there is no channel {message.recipient!r} any more")
            return
        repeated = message.state is EffectState.IN_DOUBT
        try:
            await channel.turn()  # before the row says that the message leaves: waiting is no sending
            message = await self._start(message)
            receipt = await self._send(channel, message, repeated=repeated)
        except ChannelError as error:
            await self._failed(message, error, repeated=repeated)
        else:
            await self._delivered(message, receipt)

    async def give_up(self, message: QueuedEffect) -> None:
        await self._give_up(message, "failed unexpectedly, see the log")

    async def announce(self, card: Card) -> None:
        """Send a card past the outbox, as well as that goes: for when the outbox cannot be written."""
        for channel in self._channels.values():
            try:
                async with asyncio.timeout(SEND_DEADLINE_S):
                    await channel.send(card, "-", repeated=False, earlier=None)
            except (ChannelError, TimeoutError) as error:
                log.error("%s: %s", channel.name, error)

    async def _start(self, message: QueuedEffect) -> QueuedEffect:
        started = replace(
            message, state=EffectState.STARTED, attempts=message.attempts + 1, started_at=self._clock.now()
        )
        async with self._monitor.transaction() as tx:
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
            raise ChannelError(f"no answer within {SEND_DEADLINE_S:g} s", transient=True) from None

    async def _delivered(self, message: QueuedEffect, receipt: Mapping[str, object]) -> None:
        done = replace(message, state=EffectState.DONE, ended_at=self._clock.now(), receipt=receipt, note="")
        async with self._monitor.transaction() as tx:
            await tx.effects.save(done)
            data = {"recipient": message.recipient, "attempts": message.attempts}
            await tx.stream.publish("message.sent", message.id, data)

    async def _failed(self, message: QueuedEffect, error: ChannelError, *, repeated: bool) -> None:
        if not error.transient:
            await self._give_up(message, error.reason)
            return
        wait_s = max(error.retry_after_s or 0.0, backoff_s(message.attempts))
        state = EffectState.IN_DOUBT if repeated else EffectState.PENDING
        due_at = self._clock.now() + timedelta(seconds=wait_s)
        log.warning("%s: %s; next try in %.0f s", message.recipient, error.reason, wait_s)
        async with self._monitor.transaction() as tx:
            await tx.effects.save(replace(message, state=state, due_at=due_at, note=error.reason))

    async def _give_up(self, message: QueuedEffect, reason: str) -> None:
        log.error("message %s to %s is given up: %s", message.id, message.recipient, reason)
        dead = replace(message, state=EffectState.DEAD, ended_at=self._clock.now(), note=reason)
        async with self._monitor.transaction() as tx:
            await tx.effects.save(dead)
            text = f"message to {message.recipient} given up: {reason}"
            await tx.ledger.append("blocker", "cortex", message.id, text)


def backoff_s(attempts: int) -> float:
    """1, 2, 4 … 60 s, each up to a quarter longer so that many senders do not retry in step."""
    return min(FIRST_RETRY_S * 2.0 ** min(attempts - 1, 10), LONGEST_RETRY_S) * random.uniform(1.0, 1.25)  # noqa: S311

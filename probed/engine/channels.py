"""The channels as an operator handles them: how each one is, a test message, a dead letter that is sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from probed.core.breaker import BreakerFacts
from probed.core.channel import ChannelFacts, ChannelTest
from probed.core.effect import EffectKind, EffectState, QueuedEffect
from probed.engine import cards
from probed.engine.audit import audit
from probed.engine.deliver import Deliverer
from probed.engine.ids import Ids
from probed.engine.pulse import Pulse
from probed.engine.rules import Rules
from probed.errors import ChannelError, Conflict, NotFound, TooMany
from probed.ports import Actor, Clock, Monitor, Queries

TEST_EVERY_S = 10.0


class ChannelBook:
    def __init__(
        self,
        monitor: Monitor,
        queries: Queries,
        deliverer: Deliverer,
        ids: Ids,
        clock: Clock,
        pulse: Pulse,
        rules: Rules,
    ) -> None:
        self._monitor, self._queries, self._deliverer = monitor, queries, deliverer
        self._ids, self._clock, self._pulse, self.rules = ids, clock, pulse, rules
        self._tested_at_s: dict[str, float] = {}

    def breakers(self) -> Sequence[BreakerFacts]:
        return [self._deliverer.circuits.facts(name) for name in self._deliverer.recipients()]

    async def facts(self) -> Sequence[ChannelFacts]:
        queues = await self._queries.outbox()
        return [
            ChannelFacts(name, channel.kind, self._deliverer.circuits.facts(name), *queues.get(name, (0, 0)))
            for name, channel in self._deliverer.recipients().items()
        ]

    async def test(self, name: str, by: Actor) -> ChannelTest:
        """Raises NotFound, and TooMany where it was tested a moment ago."""
        self._require(name)
        self._bound(name)
        message_id, began_s = self._ids.new(), self._clock.monotonic()
        async with self._monitor.transaction() as tx:
            await audit(tx, by, name, f"tests the channel {name}")
        try:
            await self._deliverer.try_out(name, cards.test_card(self.rules.host, name, by.name), message_id)
        except ChannelError as error:
            delivered, detail = False, error.reason
        else:
            delivered, detail = True, ""
            self._pulse.beat()
        took_s = self._clock.monotonic() - began_s
        async with self._monitor.transaction() as tx:
            text = "the test was delivered" if delivered else f"the test was not delivered: {detail}"
            await tx.ledger.append("note", "cortex", name, text)
            data = {"delivered": delivered, "detail": detail, "by": by.name}
            await tx.stream.publish("channel.tested", name, data)
        return ChannelTest(name, message_id, delivered, detail, took_s)

    async def resend(self, message_id: str, by: Actor, to: str = "") -> QueuedEffect:
        """The dead letter as it waits again, under its id; to another channel as a new message. Raises NotFound, and
        Conflict for what is not dead."""
        found = await self._queries.message(message_id)
        recipient = to or found.recipient
        self._require(recipient)
        async with self._monitor.transaction() as tx:
            message = await tx.effects.get(found.id)
            if message.state is not EffectState.DEAD:
                state = "is sent" if message.state is EffectState.DONE else "still waits"
                raise Conflict(f"message {message.id} was not given up: it {state}")
            waiting = self._again(message) if recipient == message.recipient else self._to_another(message, recipient)
            await tx.effects.save(waiting)
            if waiting.id != message.id:
                note = f"sent again to {recipient} as {waiting.id}"
                await tx.effects.save(replace(message, state=EffectState.DONE, note=note))
            text = f"has a dead letter sent again to {recipient}"
            await audit(tx, by, message.id, text, {"as": waiting.id})
            await tx.stream.publish("message.resent", waiting.id, {"recipient": recipient, "by": by.name})
        self._pulse.beat()
        return waiting

    def _again(self, message: QueuedEffect) -> QueuedEffect:
        now = self._clock.now()
        return replace(
            message, state=EffectState.PENDING, due_at=now, attempts=0, started_at=None, ended_at=None, note=""
        )

    def _to_another(self, message: QueuedEffect, recipient: str) -> QueuedEffect:
        now = self._clock.now()
        return QueuedEffect(
            id=self._ids.new(),
            kind=EffectKind.SEND,
            subject=message.subject,
            recipient=recipient,
            payload=message.payload,
            created_at=now,
            due_at=now,
        )

    def _require(self, name: str) -> None:
        names = self._deliverer.recipients()
        if name not in names:
            raise NotFound(f"there is no channel {name!r}; there are: {', '.join(names)}")

    def _bound(self, name: str) -> None:
        now_s, last_s = self._clock.monotonic(), self._tested_at_s.get(name)
        if last_s is not None and now_s - last_s < TEST_EVERY_S:
            raise TooMany(f"{name} was tested a moment ago; once in {TEST_EVERY_S:g} s is enough")
        self._tested_at_s[name] = now_s

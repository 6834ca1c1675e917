"""Puts cards into the durable outbox, one message for each recipient, in the caller's transaction."""

from __future__ import annotations

from probed.core.card import Card
from probed.core.effect import EffectKind, QueuedEffect
from probed.engine.ids import Ids
from probed.engine.rules import Rules
from probed.ports import Clock, Transaction


class Outbox:
    def __init__(self, ids: Ids, clock: Clock, rules: Rules) -> None:
        self._ids, self._clock = ids, clock
        self.rules = rules

    async def post(self, tx: Transaction, subject: str, card: Card) -> None:
        """`subject`: id of what the message tells about; a later message on it may refer to this one."""
        now = self._clock.now()
        for recipient in self.rules.recipients:
            await tx.effects.save(
                QueuedEffect(
                    id=self._ids.new(),
                    kind=EffectKind.SEND,
                    subject=subject,
                    recipient=recipient,
                    payload=card.to_payload(),
                    created_at=now,
                    due_at=now,
                )
            )

"""Puts cards into the durable outbox, one message for each recipient, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from probed.core.card import Card
from probed.core.effect import EffectKind, QueuedEffect
from probed.engine.ids import Ids
from probed.engine.rules import Rules
from probed.ports import Clock, Transaction

ASKED_TOGETHER = "first_sweep_asked"
"""Name of the setting that lists the decisions which the first sweep's card asked about."""


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

    async def post_outcome(self, tx: Transaction, decision_id: str, card: Card) -> None:
        """Tell what became of a question; of one that nobody was asked nothing is told."""
        if await tx.effects.is_posted(decision_id) or decision_id in await _asked_together(tx):
            await self.post(tx, decision_id, card)

    async def post_first_sweep(self, tx: Transaction, subject: str, card: Card, decision_ids: Sequence[str]) -> None:
        """One message that asks all these decisions."""
        await tx.settings.set(ASKED_TOGETHER, list(decision_ids))
        await self.post(tx, subject, card)


async def _asked_together(tx: Transaction) -> Sequence[str]:
    ids = await tx.settings.get(ASKED_TOGETHER)
    return ids if isinstance(ids, list) else ()

"""Puts cards into the durable outbox, one message for each recipient, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from probed.core.alert import case_labels
from probed.core.card import Card, CardKind, Manner
from probed.core.effect import ABOUT, EffectKind, QueuedEffect
from probed.core.storm import GATHERED_TOGETHER, Gathered, can_be_gathered, line_of, listed
from probed.engine import cards
from probed.engine.ids import Ids
from probed.engine.rules import Rules
from probed.errors import NotFound
from probed.ports import Branching, Channel, Clock, Transaction

ASKED_TOGETHER = "first_sweep_asked"
"""Name of the setting that lists the decisions which the first sweep's card asked about."""

NOTHING_MORE: Mapping[str, object] = {}


class Outbox:
    def __init__(self, ids: Ids, clock: Clock, rules: Rules, channels: Sequence[Channel] = ()) -> None:
        self._ids, self._clock = ids, clock
        self._channels = {channel.name: channel for channel in channels}
        self.rules = rules

    def take_over(self, channels: Sequence[Channel]) -> None:
        """After the configuration was read anew."""
        self._channels = {channel.name: channel for channel in channels}

    def is_program(self, recipient: str) -> bool:
        channel = self._channels.get(recipient)
        return channel is not None and channel.is_program

    async def post(
        self,
        tx: Transaction,
        subject: str,
        card: Card,
        recipients: Sequence[str] | None = None,
        extra: Mapping[str, object] = NOTHING_MORE,
    ) -> None:
        """`subject`: id of what the message tells about; a later message on it may refer to this one. `recipients`:
        names of channels; None: for a question those that hear of its case, else those of the root route's receiver.
        `extra`: kept in the payload beside the card.

        The outcome of a question that nobody was asked is not told.
        """
        if card.is_outcome and not await _was_asked(tx, subject):
            return
        names = await self._whom(tx, subject, card) if recipients is None else recipients
        for recipient in self._places(names, card.manner):
            if not await self._is_gathered(tx, recipient, subject, card):
                await self._queue(tx, recipient, subject, card, extra)

    async def _whom(self, tx: Transaction, subject: str, card: Card) -> Sequence[str]:
        if card.kind is not CardKind.DECISION:
            return self.rules.recipients
        try:
            case = await tx.cases.get((await tx.decisions.get(subject)).case_id)
        except NotFound:
            return self.rules.recipients
        return self.rules.all_recipients_for(case_labels(case, self.rules.host))

    async def tell_storms(self, tx: Transaction, now: datetime) -> None:
        """Tell in one message what was gathered, where that is due."""
        for storm in await tx.storms.due(now):
            gathered = await tx.storms.end(storm.recipient)
            if gathered:
                card = cards.storm_card(self.rules.host, listed([each.line for each in gathered]), len(gathered))
                about = {ABOUT: sorted({each.subject for each in gathered})}
                await self._queue(tx, storm.recipient, GATHERED_TOGETHER, card, about)

    async def _is_gathered(self, tx: Transaction, recipient: str, subject: str, card: Card) -> bool:
        """Whether it is one too many, and waits to be told with the others."""
        limit, now = self.rules.storm, self._clock.now()
        if limit is None or card.manner is Manner.MARK or not can_be_gathered(card):
            return False
        if not await tx.storms.is_under_way(recipient):
            since = now - timedelta(seconds=limit.period_s)
            if await tx.effects.posted_since(recipient, since, limit.messages) < limit.messages:
                return False
            until = now + timedelta(seconds=limit.period_s)
            await tx.storms.begin(recipient, until)
            text = f"more than {limit.messages} messages to {recipient}: further ones are told together"
            await tx.ledger.append("note", "cortex", recipient, text)
            await tx.stream.publish("daemon.notice", recipient, {"text": text})
        await tx.storms.hold(recipient, Gathered(subject, line_of(card, now)))
        return True

    async def _queue(
        self, tx: Transaction, recipient: str, subject: str, card: Card, extra: Mapping[str, object] = NOTHING_MORE
    ) -> None:
        now = self._clock.now()
        effect = QueuedEffect(
            id=self._ids.new(),
            kind=EffectKind.SEND,
            subject=subject,
            recipient=recipient,
            lane=self._lane(recipient, subject),
            payload={**card.to_payload(), **extra},
            created_at=now,
            due_at=now,
        )
        await tx.effects.save(effect)

    def _lane(self, recipient: str, subject: str) -> str:
        """Alertmanager tells of each group by itself; here everything about one recipient is in order, unless the two
        have to notify the same."""
        if not self.rules.routing.is_strict:
            return ""
        return subject if self.is_program(recipient) else ""

    def _places(self, names: Sequence[str], manner: Manner) -> Sequence[str]:
        """Whom a message to these channels goes to, each once."""
        places: dict[str, None] = {}
        for name in names:
            channel = self._channels.get(name) or self._channels.get(name.rpartition("@")[0])
            if manner is Manner.MARK and not (channel and channel.can_edit):
                continue
            whole = channel if channel and channel.name == name else None
            places |= dict.fromkeys(whole.recipients() if isinstance(whole, Branching) else (name,))
        return tuple(places)

    async def post_first_sweep(self, tx: Transaction, subject: str, card: Card, decision_ids: Sequence[str]) -> None:
        """One message that asks all these decisions."""
        await tx.settings.set(ASKED_TOGETHER, list(decision_ids))
        await self.post(tx, subject, card)


async def _was_asked(tx: Transaction, decision_id: str) -> bool:
    """By a message of its own, or on the first sweep's card."""
    together = await tx.settings.get(ASKED_TOGETHER)
    return await tx.effects.is_posted(decision_id) or (isinstance(together, list) and decision_id in together)

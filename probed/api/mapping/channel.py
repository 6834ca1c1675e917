from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from probed.api.mapping import moment
from probed.core.breaker import BreakerFacts
from probed.core.card import Card
from probed.core.channel import ChannelFacts, ChannelTest
from probed.core.effect import EffectState, QueuedEffect
from probed.wire.channel import BreakerShape, ChannelShape, ChannelTestShape, MessageShape

State = Literal["pending", "started", "in_doubt", "sent", "dead"]
STATES: Mapping[EffectState, State] = {
    EffectState.PENDING: "pending",
    EffectState.STARTED: "started",
    EffectState.IN_DOUBT: "in_doubt",
    EffectState.DONE: "sent",
    EffectState.DEAD: "dead",
}


def breaker_shape(facts: BreakerFacts) -> BreakerShape:
    return BreakerShape(
        name=facts.name,
        state=facts.state.value,
        failures=facts.failures,
        since=moment.text_or_none(facts.since),
        probe_at=moment.text_or_none(facts.probe_at),
        why=facts.why,
    )


def channel_shape(facts: ChannelFacts) -> ChannelShape:
    return ChannelShape(facts.name, facts.kind, breaker_shape(facts.breaker), facts.pending, facts.dead)


def channel_test_shape(test: ChannelTest) -> ChannelTestShape:
    return ChannelTestShape(test.name, test.message_id, test.delivered, test.detail, test.took_s)


def message_shape(message: QueuedEffect) -> MessageShape:
    card = _card(message)
    return MessageShape(
        id=message.id,
        recipient=message.recipient,
        kind=str(card.kind) if card else "",
        title=card.title if card else "",
        severity=card.severity if card else "",
        subject=message.subject,
        state=STATES[message.state],
        attempts=message.attempts,
        created_at=moment.text(message.created_at),
        due_at=moment.text(message.due_at),
        ended_at=moment.text_or_none(message.ended_at),
        note=message.note,
        text=card.as_text() if card else "",
    )


def _card(message: QueuedEffect) -> Card | None:
    """None for one that an older version wrote and this one cannot read."""
    try:
        return Card.from_payload(message.payload)
    except (KeyError, TypeError, ValueError):
        return None

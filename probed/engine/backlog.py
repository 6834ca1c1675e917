"""What waited for a channel that was away: told in one message, one line for each event, instead of a storm."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

from probed.core.card import Card, CardKind, Manner
from probed.core.decision import DecisionState
from probed.core.effect import ABOUT, EffectState, QueuedEffect
from probed.engine import cards
from probed.ports import Transaction

log = logging.getLogger("cortex.backlog")

OLD = timedelta(minutes=10)
MOST_AT_ONCE = 200
"""Messages that are taken over at one attempt; the next attempt takes more."""
EVENTS = "events"
"""Where a message that tells of others keeps its lines, by what they are about."""

Events = Mapping[str, str]


async def gather(tx: Transaction, message: QueuedEffect, now: datetime) -> QueuedEffect:
    """The message, which is about to leave, or in its place one that tells what else waited for long.

    What is taken over is done with: the caller stores the returned message in the same transaction.
    """
    try:
        whole, others = await _gathered(tx, message, now)
    except (KeyError, TypeError, ValueError):
        log.exception("a stored message or decision cannot be read; message %s is told by itself", message.id)
        return message
    for other in others:
        done = replace(other, state=EffectState.DONE, ended_at=now, note=f"told by message {message.id}")
        await tx.effects.save(done)
    return whole


async def _gathered(
    tx: Transaction, message: QueuedEffect, now: datetime
) -> tuple[QueuedEffect, Sequence[QueuedEffect]]:
    """The message to send, and those that it tells, too."""
    if not await _can_be_taken_over(tx, message):
        return message, ()
    if not _is_old(message, now):
        return await _as_over(tx, message)
    others = await _others(tx, message, now)
    if not others:
        return message, ()
    events = {key: line for one in (message, *others) for key, line in _events(one).items()}
    host = str(message.payload["host"])
    card = cards.away_card(host, list(events.values()), await tx.alerts.firing_of(list(events)))
    about = _subjects(message) | {other.subject for other in others}
    return replace(message, payload={**card.to_payload(), EVENTS: events, ABOUT: sorted(about)}), others


async def _as_over(tx: Transaction, message: QueuedEffect) -> tuple[QueuedEffect, Sequence[QueuedEffect]]:
    """What began and ended before it could be told is told once, as over: the message that says so in its place."""
    card, between = Card.from_payload(message.payload), list[QueuedEffect]()
    for one in await tx.effects.undelivered_about(message.subject):
        if one.recipient != message.recipient or one.id == message.id:
            continue
        between.append(one)
        end = Card.from_payload(one.payload)
        if not await _can_be_taken_over(tx, one) and not end.is_outcome:
            break
        if _is_end_of(end, card) and all(_is_end_of(end, Card.from_payload(each.payload)) for each in between):
            news = replace(end, manner=Manner.MESSAGE)  # in nobody's place: an edited message notifies nobody
            return replace(message, payload={**one.payload, **news.to_payload()}), between
    return message, ()


def _is_end_of(end: Card, card: Card) -> bool:
    """Whether all that the card tells is over, and the other one says so."""
    if card.kind is CardKind.DECISION:
        return end.is_outcome
    told = {section.subject for section in end.sections}
    return end.kind is CardKind.RESOLVED and all(each.subject and each.subject in told for each in card.sections)


async def _others(tx: Transaction, message: QueuedEffect, now: datetime) -> Sequence[QueuedEffect]:
    """What is old, and what is about the same as something old: the newest word on it."""
    waiting = await tx.effects.queued_for(message.recipient, MOST_AT_ONCE)
    younger = [one for one in waiting if one.id != message.id and await _can_be_taken_over(tx, one)]
    about = _subjects(message) | {one.subject for one in younger if _is_old(one, now)}
    return [one for one in younger if one.subject in about]


async def _can_be_taken_over(tx: Transaction, message: QueuedEffect) -> bool:
    """Questions that can still be answered stay messages, and so does what replaces a question that has arrived."""
    if message.state is not EffectState.PENDING:  # it may have arrived as it is
        return False
    if EVENTS in message.payload:
        return True
    match CardKind(str(message.payload["kind"])):
        case CardKind.ALERT | CardKind.RESOLVED | CardKind.NOTICE:
            return True
        case CardKind.DECISION:
            return await _is_moot(tx, message)
    return False


async def _is_moot(tx: Transaction, message: QueuedEffect) -> bool:
    decision = await tx.decisions.get(message.subject)
    if decision.state is DecisionState.WAITING:
        return False
    return await tx.effects.last_receipt(message.subject, message.recipient) is None


def _subjects(message: QueuedEffect) -> set[str]:
    return {message.subject, *cast(Sequence[str], message.payload.get(ABOUT, ()))}


def _is_old(message: QueuedEffect, now: datetime) -> bool:
    return now - message.created_at >= OLD


def _events(message: QueuedEffect) -> Events:
    """A line for each event, by what it is about: a later line about the same takes its place."""
    if EVENTS in message.payload:
        return cast(Events, message.payload[EVENTS])
    card = Card.from_payload(message.payload)
    if card.kind not in (CardKind.ALERT, CardKind.RESOLVED):
        key = message.subject if card.kind is CardKind.DECISION else message.id
        return {key: f"{message.created_at:%Y-%m-%d %H:%M} UTC: {card.title}"}
    return {
        section.subject or f"{message.id}-{number}": f"{section.title} ({section.lines[0]})"
        if section.lines
        else section.title
        for number, section in enumerate(card.sections)
    }

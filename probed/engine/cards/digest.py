"""What is told as one message because each by itself would be too many."""

from __future__ import annotations

from collections.abc import Sequence

from probed.core.alert import Alert
from probed.core.card import Card, CardKind, Section
from probed.core.count import alerts_text, events_text, waiting_decisions_text
from probed.core.decision import Decision
from probed.core.finding import worst
from probed.core.phrases import say
from probed.engine.cards.alert import MOST_ANSWERED
from probed.engine.cards.answer import (
    alert_buttons,
    answer_buttons,
    answer_commands,
    answering_commands,
    unacknowledged,
)
from probed.engine.cards.section import (
    MOST_LISTED,
    firing_section,
    more,
    question_section,
    resolved_section,
    worst_and_newest_first,
)

MOST_ANSWERED_AT_FIRST = 10
"""The same for the first sweep's card, for its alerts and for its questions: as many as one message can hold."""


def quiet_card(host: str, firing: Sequence[Alert], over: Sequence[Alert]) -> Card:
    """What came to pass in the quiet hours."""
    first = sorted(firing, key=worst_and_newest_first)
    open_ = unacknowledged(first)[:MOST_ANSWERED]
    return Card(
        kind=CardKind.DIGEST,
        host=host,
        title=say("quiet hours: {alerts} still firing, {over} over", alerts=alerts_text(len(firing)), over=len(over)),
        severity=str(worst(alert.severity for alert in firing) or ""),
        sections=(
            *(firing_section(alert) for alert in first[:MOST_LISTED]),
            *(resolved_section(alert) for alert in over[:MOST_LISTED]),
            *more(first, over),
        ),
        commands=answering_commands(open_),
        buttons=alert_buttons(open_),
    )


def weekly_card(host: str, lines: Sequence[str]) -> Card:
    sections = (Section("", tuple(lines)),)
    return Card(kind=CardKind.DIGEST, host=host, title=say("the last seven days"), sections=sections)


def storm_card(host: str, lines: Sequence[str], held: int) -> Card:
    return Card(
        kind=CardKind.DIGEST,
        host=host,
        title=say("{count} more, told together because there were so many", count=held),
        sections=(Section("", tuple(lines)),),
        commands=("cortexctl status", "cortexctl alerts list --state firing"),
    )


def digest_card(host: str, lines: Sequence[str]) -> Card:
    """All of them, for they are told only once; a channel that cannot show so much attaches the rest."""
    return Card(
        kind=CardKind.DIGEST,
        host=host,
        title=say("digest: {count} noted or fixed", count=len(lines)),
        sections=(Section("", tuple(lines)),),
    )


def away_card(host: str, lines: Sequence[str], firing: Sequence[Alert]) -> Card:
    """What came to pass while its channel took nothing. `firing`: what of it goes on, unacknowledged."""
    shown = firing[:MOST_ANSWERED_AT_FIRST]
    title = say("while the channel was away: {events}", events=events_text(len(lines)))
    going_on = say(", {alerts} still firing", alerts=alerts_text(len(firing))) if firing else ""
    return Card(
        kind=CardKind.DIGEST,
        host=host,
        title=f"{title}{going_on}",
        severity=str(worst(alert.severity for alert in firing) or ""),
        sections=(Section("", tuple(lines)),),
        commands=("cortexctl status", *answering_commands(shown)),
        buttons=alert_buttons(shown),
    )


def first_sweep_card(host: str, alerts: Sequence[Alert], decisions: Sequence[Decision]) -> Card:
    """One message for all that the first look at this host brought up; each of its questions can be answered."""
    asked, open_ = decisions[:MOST_ANSWERED_AT_FIRST], unacknowledged(alerts)[:MOST_ANSWERED_AT_FIRST]
    sections = [firing_section(alert) for alert in alerts[:MOST_LISTED]]
    sections += more(alerts)
    sections += [question_section(number, decision) for number, decision in enumerate(asked, 1)]
    commands = ["cortexctl status", *answer_commands(asked), *(f"cortexctl alerts ack {alert.id}" for alert in open_)]
    if len(decisions) > len(asked):
        hidden = len(decisions) - len(asked)
        more_wait = say("1 more decision waits") if hidden == 1 else say("{count} more decisions wait", count=hidden)
        sections.append(Section(more_wait))
        commands.append("cortexctl decisions list --state waiting")
    return Card(
        kind=CardKind.FIRST_SWEEP,
        host=host,
        title=say(
            "first look at this host: {alerts}, {decisions}",
            alerts=alerts_text(len(alerts)),
            decisions=waiting_decisions_text(len(decisions)),
        ),
        severity=str(worst([*(alert.severity for alert in alerts), *(each.severity for each in decisions)]) or ""),
        sections=tuple(sections),
        commands=tuple(commands),
        buttons=(*answer_buttons(asked), *alert_buttons(open_)),
    )

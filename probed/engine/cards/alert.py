"""What a person is told of alerts, by themselves or as a group."""

from __future__ import annotations

from collections.abc import Sequence

from probed.core.alert import Alert, AlertState
from probed.core.card import Card, CardKind, Manner, Section
from probed.core.finding import worst
from probed.core.group import Announcement, NotifyReason
from probed.core.phrases import say, word
from probed.engine.cards.answer import alert_buttons, answering_commands, unacknowledged
from probed.engine.cards.section import (
    MOST_LISTED,
    firing_section,
    more,
    resolved_section,
    what,
    worst_and_newest_first,
)

MOST_ANSWERED = 3
"""Alerts of one message that can be acknowledged from it; each takes a command and a button."""


def alert_card(host: str, news: Announcement, *, can_ask: bool = False) -> Card:
    """The message for a group: what fires, what resolved, and what to type about it. `can_ask`: there is a model to
    look into it."""
    firing, resolved = sorted(news.firing, key=worst_and_newest_first), news.resolved
    if not firing:
        return Card(
            kind=CardKind.RESOLVED,
            host=host,
            title=_headline(say("resolved"), resolved),
            manner=Manner.UPDATE,
            sections=(*(resolved_section(alert) for alert in resolved[:MOST_LISTED]), *more(resolved)),
        )
    severity = str(worst(alert.severity for alert in firing))
    verb = say("acknowledged") if not unacknowledged(firing) else word(severity)
    verb = say("still firing") if news.reason is NotifyReason.REPEAT else verb
    sections = [firing_section(alert) for alert in firing[:MOST_LISTED]]
    sections += [resolved_section(alert) for alert in resolved[:MOST_LISTED]]
    sections += more(firing, resolved)
    open_ = unacknowledged(firing)[:MOST_ANSWERED]
    return Card(
        kind=CardKind.ALERT,
        host=host,
        title=_headline(verb, firing),
        manner=Manner.UPDATE if news.reason is NotifyReason.RESOLVED else Manner.MESSAGE,
        severity=severity,
        sections=tuple(sections),
        commands=answering_commands(open_),
        buttons=alert_buttons(open_, can_ask=can_ask),
    )


def flapping_card(host: str, alert: Alert, changes: int) -> Card:
    text = say("{count} changes of late; further ones are held until it is steady", count=changes)
    return _single(CardKind.NOTICE, host, say("flapping: {summary}", summary=alert.summary), alert, (text, what(alert)))


def steady_card(host: str, alert: Alert) -> Card:
    state = say("it is resolved") if alert.state is AlertState.RESOLVED else say("it fires")
    return _single(
        CardKind.NOTICE, host, say("no longer flapping: {summary}", summary=alert.summary), alert, (state, what(alert))
    )


def lapsed_card(host: str, alert: Alert, by: str) -> Card:
    lines = (say("{who} had acknowledged it; that has lapsed, and it still fires", who=by), what(alert))
    return _single(
        CardKind.ALERT,
        host,
        say("still {severity}: {summary}", severity=word(alert.severity), summary=alert.summary),
        alert,
        lines,
    )


def escalation_card(host: str, alert: Alert, after_s: float, receiver: str) -> Card:
    waited = f"{after_s / 60:g} min" if after_s >= 60 else f"{after_s:g} s"
    lines = (
        say("nobody has acknowledged it within {time}, so {receiver} is told", time=waited, receiver=receiver),
        say("since {time} UTC", time=f"{alert.starts_at:%Y-%m-%d %H:%M}"),
        what(alert),
    )
    return _single(CardKind.ALERT, host, say("escalated: {summary}", summary=alert.summary), alert, lines)


def over_card(host: str, alert: Alert) -> Card:
    """For those who heard of it outside of its group."""
    return Card(
        kind=CardKind.RESOLVED,
        host=host,
        title=_headline(say("resolved"), [alert]),
        manner=Manner.UPDATE,
        sections=(resolved_section(alert),),
    )


def _headline(verb: str, alerts: Sequence[Alert]) -> str:
    if len(alerts) == 1:
        return f"{verb}: {alerts[0].summary}"
    names = sorted({alert.labels.get("alertname", "") for alert in alerts})
    shown = f"{', '.join(names[:3])}{', …' if len(names) > 3 else ''}"
    return say("{verb}: {count} alerts ({names})", verb=verb, count=len(alerts), names=shown)


def _single(kind: CardKind, host: str, title: str, alert: Alert, lines: Sequence[str]) -> Card:
    """About one alert, whatever its group."""
    open_, tuning = unacknowledged([alert]), filter(None, [alert.annotations.get("tune")])
    return Card(
        kind=kind,
        host=host,
        title=title,
        severity=str(alert.severity),
        sections=(Section("", (*lines, *tuning), alert.id),),
        commands=answering_commands(open_),
        buttons=alert_buttons(open_),
    )

"""How a message is answered: the commands to type and the buttons to press."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from probed.core.alert import Alert, AlertState
from probed.core.card import Button
from probed.core.decision import Decision
from probed.core.phrases import say, word

SHOWN_HASH = 12
MOST_IN_FULL = 5
"""Alerts of one message of which each has all its buttons."""


def approve_command(decision: Decision) -> str:
    confirmation = f" --confirm {shlex.quote(decision.object)}" if decision.approval.is_typed else ""
    return f"cortexctl decisions approve {decision.id}{confirmation}"


def answerable(decision: Decision) -> str:
    """What a button approves: the decision as it was shown, `ID.HASH`."""
    return f"{decision.id}.{decision.hash[:SHOWN_HASH]}"


def unacknowledged(alerts: Sequence[Alert]) -> list[Alert]:
    return [alert for alert in alerts if alert.state is AlertState.FIRING]


def answering_commands(alerts: Sequence[Alert]) -> tuple[str, ...]:
    return tuple(
        command
        for alert in alerts
        for command in (f"cortexctl alerts ack {alert.id}", f"cortexctl alerts silence {alert.id} --for 1h")
    )


def alert_buttons(alerts: Sequence[Alert], *, can_ask: bool = False) -> tuple[Button, ...]:
    """For many alerts only what is needed most: a message holds a hundred buttons. `can_ask`: there is a model."""
    in_full = len(alerts) <= MOST_IN_FULL
    return tuple(
        button
        for alert in alerts
        for button in (*_acknowledge_button(alert), *(_other_buttons(alert, can_ask=can_ask) if in_full else ()))
    )


def _other_buttons(alert: Alert, *, can_ask: bool) -> tuple[Button, ...]:
    investigate = Button(say("Investigate"), "investigate", alert.id)
    return (
        Button(say("Silence 1 h"), "silence_1h", alert.id),
        Button(say("Silence 8 h"), "silence_8h", alert.id),
        Button(say("Details"), "details", alert.id),
        *((investigate,) if can_ask else ()),
    )


def _acknowledge_button(alert: Alert) -> tuple[Button, ...]:
    is_open = alert.state is AlertState.FIRING
    return (Button(say("Acknowledge {what}", what=_short(alert)), "acknowledge", alert.id),) if is_open else ()


def answer_commands(decisions: Sequence[Decision]) -> list[str]:
    return [
        command
        for decision in decisions
        for command in (approve_command(decision), f"cortexctl decisions reject {decision.id}")
    ]


def answer_buttons(decisions: Sequence[Decision], first: int = 1) -> list[Button]:
    return [
        Button(f"{word(verb.capitalize())} {number}", verb, answerable(decision) if verb == "approve" else decision.id)
        for number, decision in enumerate(decisions, first)
        for verb in ("approve", "reject", "details")
    ]


def _short(alert: Alert) -> str:
    text = f"{alert.labels.get('alertname', '')} {alert.labels.get('object', '')}".strip()
    return text if len(text) <= 24 else text[:23] + "…"

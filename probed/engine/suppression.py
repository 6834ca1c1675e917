"""What other parts of the engine may say about alerts: hear of every change, and keep some from being told for now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from probed.core.alert import Alert, AlertState
from probed.core.inhibition import Inhibition, InhibitRule
from probed.core.matcher import MatchOp, matches_all
from probed.core.routing import Routing
from probed.core.silence import Silencing
from probed.ports import Transaction


@dataclass(frozen=True, slots=True)
class AlertChange:
    before: Alert | None
    """None: it is new."""
    after: Alert

    @property
    def fired(self) -> bool:
        return self.before is not None and self.before.state is not AlertState.RESOLVED

    @property
    def fires(self) -> bool:
        return self.after.state is not AlertState.RESOLVED


class AlertListener(Protocol):
    async def alerts_changed(self, tx: Transaction, changes: Sequence[AlertChange]) -> None:
        """Called in the transaction that stores the changes, with each alert at most once: they may come by the
        thousand, so what is read and stored is read and stored for all of them together."""


class Suppressor(Protocol):
    async def suppressed(self, tx: Transaction, alerts: Sequence[Alert], now: datetime) -> Mapping[str, str]:
        """Ids of those alerts that are not told now, each with why. Asked at each flush, after inhibition, times and
        silences."""


class Annotator(Protocol):
    async def annotated(self, tx: Transaction, alerts: Sequence[Alert], now: datetime) -> Sequence[Alert]:
        """The alerts, which are about to be told, in the same order, with what there is to add to some of them."""


async def suppressed_by(
    suppressors: Sequence[Suppressor], tx: Transaction, alerts: Sequence[Alert], now: datetime
) -> Mapping[str, str]:
    """Ids of the alerts that one of them keeps from being told now, each with the first reason."""
    held: dict[str, str] = {}
    for suppressor in suppressors:
        held.update(await suppressor.suppressed(tx, [alert for alert in alerts if alert.id not in held], now))
    return held


def why_silenced(alert: Alert, silencing: Silencing, inhibition: Inhibition) -> str:
    if inhibitor := inhibition.inhibitor_of(alert.labels):
        return f"inhibited by {inhibitor}"
    silences = silencing.ids_of(alert.labels)
    return f"silenced by {', '.join(silences)}" if silences else ""


async def inhibition_among(tx: Transaction, routing: Routing, alerts: Sequence[Alert]) -> Inhibition:
    """Only what a rule could mute is worth looking for what mutes it."""
    rules = [rule for rule in routing.inhibit_rules if any(matches_all(rule.target, alert.labels) for alert in alerts)]
    firing: dict[str, Alert] = {}
    for rule in rules:
        firing |= {alert.id: alert for alert in await tx.alerts.open_with(_wanted(rule))}
    return Inhibition.of(rules, firing.values())


def _wanted(rule: InhibitRule) -> Mapping[str, str]:
    """The labels that a source of the rule has for certain."""
    return {matcher.name: matcher.value for matcher in rule.source if matcher.op is MatchOp.EQUAL}

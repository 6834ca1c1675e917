"""Inhibition: alerts that are not told while another one fires, as in Alertmanager (inhibit/inhibit.go)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from probed.core.alert import Alert
from probed.core.matcher import Matcher, matches_all

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InhibitRule:
    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()
    """Labels that have the same value in both; a missing one is empty."""

    def values(self, labels: Labels) -> tuple[str, ...]:
        return tuple(labels.get(name, "") for name in self.equal)


@dataclass(frozen=True, slots=True)
class Muzzle:
    """One rule with the alerts that fire on its source side, found by their equal values."""

    rule: InhibitRule
    any_source: Mapping[tuple[str, ...], str]
    """Equal values → id of such an alert."""
    no_target: Mapping[tuple[str, ...], str]
    """The same, of alerts that are on the source side only."""

    @classmethod
    def of(cls, rule: InhibitRule, firing: Iterable[Alert]) -> Muzzle:
        any_source: dict[tuple[str, ...], str] = {}
        no_target: dict[tuple[str, ...], str] = {}
        for alert in firing:
            if matches_all(rule.source, alert.labels):
                values = rule.values(alert.labels)
                any_source.setdefault(values, alert.id)
                if values not in no_target and not matches_all(rule.target, alert.labels):
                    no_target[values] = alert.id
        return cls(rule, any_source, no_target)

    def inhibitor_of(self, labels: Labels) -> str | None:
        """Id of the alert that mutes this one. One that is on both sides is not muted by its like."""
        if not self.any_source or not matches_all(self.rule.target, labels):
            return None
        sources = self.no_target if matches_all(self.rule.source, labels) else self.any_source
        return sources.get(self.rule.values(labels))


@dataclass(frozen=True, slots=True)
class Inhibition:
    """All rules with what fires now."""

    muzzles: tuple[Muzzle, ...] = field(default=())

    @classmethod
    def of(cls, rules: Iterable[InhibitRule], firing: Iterable[Alert]) -> Inhibition:
        firing = tuple(firing)
        return cls(tuple(Muzzle.of(rule, firing) for rule in rules))

    def inhibitor_of(self, labels: Labels) -> str | None:
        found = (muzzle.inhibitor_of(labels) for muzzle in self.muzzles)
        return next((alert_id for alert_id in found if alert_id), None)

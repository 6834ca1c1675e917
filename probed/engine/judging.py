"""From observations to findings: thresholds, hysteresis, `for`, and the grace after boot and of a package manager."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from probed.core.finding import Finding, Severity
from probed.core.observation import Observation
from probed.core.threshold import Pending, Threshold, agreed, hold

Active = Mapping[tuple[str, str], Severity]
"""The severity of each open case of the source, by (check, object)."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is kept of an object between two looks."""

    pending: Pending | None = None
    """What is not yet a finding, because it has to last for a while."""
    looks: tuple[Severity | None, ...] = ()
    """What the newest looks saw, where several have to agree."""


NOTHING = Past()


class Judge:
    """Remembers for each source what the newest looks saw, as far as that is not yet a finding or several of them have
    to agree."""

    def __init__(self, boot_grace_s: float) -> None:
        self.boot_grace_s = boot_grace_s
        self._past: dict[tuple[str, str, int], dict[str, Past]] = {}
        """By source, check and its place, then by object: those of the newest answer, and no others."""

    def findings(
        self,
        source: str,
        check: str,
        observations: tuple[Observation, ...],
        active: Active,
        now: float,
        uptime_s: float,
        place: int = 0,
        packages_change: Callable[[], bool] = lambda: False,
    ) -> list[Finding]:
        """What one whole answer of a check holds. `now`: monotonic seconds; `place`: the check's in its document, which
        may name one check twice; `packages_change`: whether a package manager is at work, asked only where it
        matters."""
        key = (source, check, place)
        before, kept, found = self._past.pop(key, {}), {}, []
        has_grace = partial(self._has_grace, uptime_s, packages_change)
        for observation in observations:
            current = active.get((check, observation.object))
            seen = self._severity(observation, current, has_grace)
            past = before.get(observation.object, NOTHING)
            kept[observation.object], severity = weighed(past, seen, current, observation.threshold, now)
            if severity:
                found.append(finding_of(check, observation, severity))
        if kept := {name: past for name, past in kept.items() if past != NOTHING}:
            self._past[key] = kept
        return found

    def forget(self, source: str) -> None:
        """Drop what is kept for a source that is no longer in force."""
        self._past = {key: value for key, value in self._past.items() if key[0] != source}

    def _severity(
        self, observation: Observation, active: Severity | None, has_grace: Callable[[], bool]
    ) -> Severity | None:
        """In a grace nothing is found and nothing becomes worse, but what was open before stays open."""
        severity = severity_of(observation, active)
        if severity is None or not observation.boot_grace or not has_grace():
            return severity
        return min(severity, active, key=lambda each: each.rank) if active else None

    def _has_grace(self, uptime_s: float, packages_change: Callable[[], bool]) -> bool:
        return uptime_s < self.boot_grace_s or packages_change()


def weighed(
    past: Past, seen: Severity | None, active: Severity | None, threshold: Threshold | None, now: float
) -> tuple[Past, Severity | None]:
    """What to keep of what this look saw, and what counts."""
    looks = (*past.looks, seen)[-threshold.looks.of :] if threshold and threshold.looks else ()
    severity = agreed(looks, threshold.looks) if threshold and threshold.looks else seen
    pending, counts = hold(past.pending, severity, active, threshold.for_s if threshold else 0.0, now)
    return Past(pending, looks), counts


def severity_of(observation: Observation, active: Severity | None) -> Severity | None:
    if observation.threshold is None or observation.value is None:
        return observation.severity
    return observation.threshold.severity(observation.value, active)


def finding_of(check: str, observation: Observation, severity: Severity) -> Finding:
    evidence = dict(observation.evidence)
    if observation.value is not None:
        evidence.setdefault("value", observation.value)
        evidence.setdefault("unit", observation.unit)
    return Finding(
        check=check,
        object=observation.object,
        severity=severity,
        summary=observation.summary,
        evidence=evidence,
        proposed_action=observation.proposed_action,
    )

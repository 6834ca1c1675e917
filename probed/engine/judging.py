"""From observations to findings: thresholds, hysteresis, `for`, and the grace after boot and of a package manager."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from probed.core.finding import Finding, Severity
from probed.core.observation import Observation
from probed.core.threshold import Pending, agreed, hold

Active = Mapping[tuple[str, str], Severity]
"""The severity of each open case of the source, by (check, object)."""


class Judge:
    """Remembers for each source what is not yet a finding because it has to last for a while."""

    def __init__(self, boot_grace_s: float) -> None:
        self.boot_grace_s = boot_grace_s
        self._pending: dict[tuple[str, str, int], dict[str, Pending]] = {}
        """By source, check and its place, then by object: those of the newest answer, and no others."""
        self._newest: dict[tuple[str, str, int], dict[str, tuple[Severity | None, ...]]] = {}
        """What the newest looks saw, where several have to agree; in the same way."""

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
        before, pending, found = self._pending.pop(key, {}), {}, []
        has_grace = partial(self._has_grace, uptime_s, packages_change)
        looked, newest = self._newest.pop(key, {}), {}
        for observation in observations:
            current = active.get((check, observation.object))
            severity = self._severity(observation, current, has_grace)
            if observation.threshold and (looks := observation.threshold.looks):
                seen = (*looked.get(observation.object, ()), severity)[-looks.of :]
                newest[observation.object], severity = seen, agreed(seen, looks)
            for_s = observation.threshold.for_s if observation.threshold else 0.0
            waiting, severity = hold(before.get(observation.object), severity, current, for_s, now)
            if waiting:
                pending[observation.object] = waiting
            if severity:
                found.append(finding_of(check, observation, severity))
        if pending:
            self._pending[key] = pending
        if newest:
            self._newest[key] = newest
        return found

    def forget(self, source: str) -> None:
        """Drop what is pending for a source that is no longer in force."""
        self._pending = {key: value for key, value in self._pending.items() if key[0] != source}
        self._newest = {key: value for key, value in self._newest.items() if key[0] != source}

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

"""From observations to findings: thresholds, hysteresis, `for`, and the grace after boot."""

from __future__ import annotations

from collections.abc import Mapping

from probed.core.finding import Finding, Severity
from probed.core.observation import Observation
from probed.core.threshold import Pending, hold

Active = Mapping[tuple[str, str], Severity]
"""The severity of each open case of the source, by (check, object)."""


class Judge:
    """Remembers for each source what is not yet a finding because it has to last for a while."""

    def __init__(self, boot_grace_s: float) -> None:
        self._boot_grace_s = boot_grace_s
        self._pending: dict[tuple[str, str, str], Pending] = {}

    def findings(
        self,
        source: str,
        check: str,
        observations: tuple[Observation, ...],
        active: Active,
        now: float,
        uptime_s: float,
    ) -> list[Finding]:
        """`now`: monotonic seconds."""
        found = []
        for observation in observations:
            key = (source, check, observation.object)
            current = active.get((check, observation.object))
            severity = severity_of(observation, current)
            for_s = self._for_s(observation, uptime_s)
            pending, severity = hold(self._pending.pop(key, None), severity, current, for_s, now)
            if pending:
                self._pending[key] = pending
            if severity:
                found.append(finding_of(check, observation, severity))
        return found

    def forget(self, sources: set[str]) -> None:
        """Drop what is pending for sources that are no longer in force."""
        self._pending = {key: value for key, value in self._pending.items() if key[0] not in sources}

    def _for_s(self, observation: Observation, uptime_s: float) -> float:
        lasting = observation.threshold.for_s if observation.threshold else 0.0
        grace = self._boot_grace_s - uptime_s if observation.boot_grace else 0.0
        return max(lasting, grace)


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

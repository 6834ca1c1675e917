"""From observations to findings: thresholds, hysteresis, `for`, and the grace after boot and of a package manager."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

from probed.core.finding import Finding, Severity
from probed.core.observation import Memory, Observation
from probed.core.threshold import Threshold, agreed, hold
from probed.engine.carry_over import NOTHING, Earlier, Key, Moment, Past, stored, taken_up

Active = Mapping[tuple[str, str], Severity]
"""The severity of each open case of the source, by (check, object)."""


class Judge:
    """Remembers for each source what the newest looks saw, as far as that is not yet a finding or several of them have
    to agree."""

    def __init__(self, boot_grace_s: float) -> None:
        self.boot_grace_s = boot_grace_s
        self._past: dict[str, dict[Key, dict[str, Past]]] = {}
        """By source, check and its place, then by object: those of the newest answer, and no others."""
        self._earlier: dict[str, dict[Key, dict[str, Earlier]]] = {}
        """What was kept before the daemon started, until the check has answered once."""
        self._is_stored: dict[str, bool] = {}
        """By source: whether something is stored that a later life would take up."""
        self._in_grace: dict[str, set[Key]] = {}
        """By source: the checks whose newest answer would have told more without a grace."""

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
        key, pasts = (check, place), self._past.setdefault(source, {})
        earlier = self._earlier.get(source, {}).pop(key, {})
        before = pasts.pop(key, None) or _as_of_now(earlier, observations, now)
        kept, found = dict[str, Past](), list[Finding]()
        has_grace = partial(self._has_grace, uptime_s, packages_change)
        self._in_grace.setdefault(source, set()).discard(key)
        for observation in observations:
            current = active.get((check, observation.object))
            seen = self._severity(observation, current, has_grace)
            if seen != severity_of(observation, current):
                self._in_grace[source].add(key)
            past = before.get(observation.object, NOTHING)
            kept[observation.object], severity = weighed(past, seen, current, observation.threshold, now)
            if severity:
                found.append(finding_of(check, observation, severity))
        if kept := {name: past for name, past in kept.items() if past != NOTHING}:
            pasts[key] = kept
        return found

    def holds_back(self, source: str, places: Collection[int]) -> bool:
        """Whether the checks at these places of the document saw what may become a finding by itself: it is in a grace,
        or has to last."""
        waiting = {
            key for key, kept in self._past.get(source, {}).items() if any(past.pending for past in kept.values())
        }
        return any(place in places for _, place in waiting | self._in_grace.get(source, set()))

    def is_new_to(self, source: str) -> bool:
        """Whether nobody has recalled yet what an earlier life of the daemon kept."""
        return source not in self._is_stored

    def recall(self, source: str, memory: Memory, at: Moment) -> None:
        self._earlier[source] = taken_up(memory, at)
        self._is_stored[source] = bool(memory)

    def memory(self, source: str, at: Moment, now: float) -> Memory | None:
        """What a later life of the daemon takes up; None where nothing has to be stored. `now`: monotonic seconds."""
        pasts, was_stored = self._past.get(source), self._is_stored.get(source, False)
        self._is_stored[source] = bool(pasts)
        if pasts:
            return stored(pasts, at, now)
        return {} if was_stored else None

    def forget(self, source: str) -> None:
        """Drop what is kept for a source that is no longer in force."""
        for kept in (self._past, self._earlier, self._is_stored, self._in_grace):
            kept.pop(source, None)

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


def _as_of_now(earlier: Mapping[str, Earlier], observations: tuple[Observation, ...], now: float) -> dict[str, Past]:
    seen = ((each, earlier.get(each.object)) for each in observations)
    return {each.object: kept.as_of(each.threshold, now) for each, kept in seen if kept}


def weighed(
    past: Past, seen: Severity | None, active: Severity | None, threshold: Threshold | None, now: float
) -> tuple[Past, Severity | None]:
    """What to keep of what this look saw, and what counts."""
    looks = (*past.looks, seen)[-threshold.looks.of :] if threshold and threshold.looks else ()
    severity = agreed(looks, threshold.looks) if threshold and threshold.looks else seen
    pending, counts = hold(past.pending, severity, active, threshold.for_s if threshold else 0.0, now)
    return Past(pending, looks if any(looks) else ()), counts


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

"""Judging a number: warning and critical bounds, hysteresis, and how long a state must last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from probed.core.finding import Severity, worst


@dataclass(frozen=True, slots=True)
class Looks:
    """How many of the newest looks have to see a state before it counts."""

    needed: int
    of: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """Bounds in the unit of the value. `below` reverses them: the value is bad when it is too small."""

    warning: float | None = None
    critical: float | None = None
    clear: float | None = None
    """An active finding ends only beyond this bound (hysteresis); None: at the bound that raised it."""
    for_s: float = 0.0
    below: bool = False
    looks: Looks | None = None

    def severity(self, value: float, active: Severity | None) -> Severity | None:
        """The severity of `value`, given the severity that is active for this object now."""
        if self._reaches(value, self.critical):
            return Severity.CRITICAL
        if self._reaches(value, self.warning):
            return Severity.WARNING
        if active and self.clear is not None and self._reaches(value, self.clear):
            return Severity.WARNING if self.warning is not None else active
        return None

    def _reaches(self, value: float, bound: float | None) -> bool:
        if bound is None:
            return False
        return value <= bound if self.below else value >= bound


def agreed(newest: Sequence[Severity | None], looks: Looks) -> Severity | None:
    """The worst severity that so many of the newest looks (the newest last) reached."""
    ranked = sorted((each for each in newest[-looks.of :] if each), key=lambda each: -each.rank)
    return ranked[looks.needed - 1] if len(ranked) >= looks.needed else None


@dataclass(frozen=True, slots=True)
class Pending:
    """A severity that is not yet a finding, because it has to last for a while."""

    since: Mapping[Severity, float]
    """Monotonic seconds since when it was as bad as that without a pause; a worse severity waits on its own."""


def hold(
    pending: Pending | None, severity: Severity | None, active: Severity | None, for_s: float, now: float
) -> tuple[Pending | None, Severity | None]:
    """Return what is still pending and what counts as found; `now` in monotonic seconds.

    A severity that is active already counts at once, and so does its lessening; a new or a worse one must last for
    `for_s`, while a milder one that has lasted counts.
    """
    if severity is None:
        return None, None
    if active is not None and severity.rank <= active.rank:
        return None, severity
    since = _since(pending, severity, now)
    lasted = worst(level for level, began in since.items() if now - began >= for_s)
    if lasted is severity:
        return None, severity
    return Pending(since), worst(level for level in (lasted, active) if level)


def _since(pending: Pending | None, severity: Severity, now: float) -> dict[Severity, float]:
    """What was worse until now was at least as bad as `severity`."""
    known = pending.since if pending else {}
    milder = {level: began for level, began in known.items() if level.rank < severity.rank}
    began = min((began for level, began in known.items() if level.rank >= severity.rank), default=now)
    return {**milder, severity: began}


LONGEST_GAP_S = 3600.0
SETTLING_S = 600.0


def resumed(
    lasted_s: Mapping[Severity, float], gap_s: float, for_s: float, now: float, *, is_other_boot: bool
) -> Pending | None:
    """What was pending before nobody looked for `gap_s`, as Prometheus restores it, for which that time is nothing.

    Here it counts, but for no more than a quarter of what the state has to last: what is looked at seldom on a host
    that is off at night would never count. A gap of more than an hour, or than the state has to last, ends it. After a
    boot of the host it has to be seen for some time more, for what a boot does is like many a fault.
    """
    if not lasted_s or gap_s > max(LONGEST_GAP_S, for_s):
        return None
    most_s = max(0.0, for_s - SETTLING_S) if is_other_boot else for_s
    counts_s = min(gap_s, for_s / 4)
    return Pending({level: now - min(seconds + counts_s, most_s) for level, seconds in lasted_s.items()})

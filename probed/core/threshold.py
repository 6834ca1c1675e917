"""Judging a number: warning and critical bounds, hysteresis, and how long a state must last."""

from __future__ import annotations

from dataclasses import dataclass

from probed.core.finding import Severity


@dataclass(frozen=True, slots=True)
class Threshold:
    """Bounds in the unit of the value. `below` reverses them: the value is bad when it is too small."""

    warning: float | None = None
    critical: float | None = None
    clear: float | None = None
    """An active finding ends only beyond this bound (hysteresis); None: at the bound that raised it."""
    for_s: float = 0.0
    below: bool = False

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


@dataclass(frozen=True, slots=True)
class Pending:
    """A severity that is not yet a finding, because it has to last for a while."""

    severity: Severity
    since: float
    """Monotonic seconds."""


def hold(
    pending: Pending | None, severity: Severity | None, active: Severity | None, for_s: float, now: float
) -> tuple[Pending | None, Severity | None]:
    """Return what is still pending and what counts as found; `now` in monotonic seconds.

    A severity that is active already counts at once, and so does its lessening; a new or a worse one must last for
    `for_s`.
    """
    if severity is None:
        return None, None
    if active is not None and severity.rank <= active.rank:
        return None, severity
    since = pending.since if pending else now
    if now - since >= for_s:
        return None, severity
    return Pending(severity, since), active

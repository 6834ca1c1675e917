"""A report: the validated result of a run, or of another program that submits one."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from probed.core.finding import Finding, Grounding, Severity, worst


class Verdict(enum.StrEnum):
    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Report:
    id: str
    run_id: str
    source: str
    """The inspection's id, or the name of the program that submitted the report."""
    verdict: Verdict
    summary: str
    findings: tuple[Finding, ...]
    created_at: datetime
    unanswered: tuple[str, ...] = ()
    """Checks that gave no answer, each with its reason; nothing they found before counts as resolved."""
    notes: tuple[str, ...] = ()
    """What this host does not have, or the daemon may not see."""
    cost_usd: float = 0.0
    is_partial: bool = False
    """It speaks for some checks of its source only, which an event concerned, and says nothing of the others."""
    grounding: Grounding | None = None
    """Of all that a model said in it; None: it said nothing."""
    carried_from: str = ""
    """The run whose model said what this report holds of it, because nothing has changed since; empty: it was asked
    anew, or not at all."""
    is_told: bool = False
    """Why it is no answer Cortex tells by itself, once for all whom it concerns; is not stored."""

    @property
    def is_answer(self) -> bool:
        return self.verdict is not Verdict.UNKNOWN and not self.unanswered


def verdict_of(findings: Iterable[Finding], *, answered: bool) -> Verdict:
    """The verdict of a run; no answer is never `ok`, and a known problem is never hidden by a missing answer."""
    return verdict_at(worst(finding.severity for finding in findings), answered=answered)


def verdict_at(severity: Severity | None, *, answered: bool) -> Verdict:
    """`severity`: the worst of what is known to be wrong."""
    if severity is Severity.CRITICAL:
        return Verdict.CRITICAL
    if severity is Severity.WARNING:
        return Verdict.WARNING
    return Verdict.OK if answered else Verdict.UNKNOWN


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """The host's verdict: the worst of all; `unknown` weighs more than `ok` and less than a known problem."""
    order = (Verdict.OK, Verdict.UNKNOWN, Verdict.WARNING, Verdict.CRITICAL)
    return max(verdicts, key=order.index, default=Verdict.UNKNOWN)

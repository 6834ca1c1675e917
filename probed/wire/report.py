"""Reports on the wire, in both directions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from probed.wire.finding import ActionCallShape, FindingShape, GroundingShape, Severity

Verdict = Literal["ok", "warning", "critical", "unknown"]


@dataclass(frozen=True, slots=True)
class SubmittedFinding:
    check: str
    object: str
    severity: Severity
    summary: str
    evidence: Any = None
    """An object; anything else is kept under `items` (a list), `text` or `value`."""
    proposed_action: ActionCallShape | str | None = None
    ttl_s: float | None = None


@dataclass(frozen=True, slots=True)
class SubmittedReport:
    """What another program hands in with POST /api/v1/reports.

    It states the whole truth of its source: what an earlier report found and this one does not hold has resolved. The
    verdict `unknown` resolves nothing.
    """

    source: str
    verdict: Verdict
    summary: str
    findings: list[SubmittedFinding]


@dataclass(frozen=True, slots=True)
class ReportShape:
    id: str
    run_id: str
    source: str
    verdict: Verdict
    summary: str
    created_at: str
    findings: list[FindingShape]
    unanswered: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cost_usd: float = 0.0
    grounding: GroundingShape | None = None
    """Of all that a model said in it; null: it said nothing."""
    carried_from: str = ""
    """The run whose model said what this report holds of it, because nothing has changed since."""

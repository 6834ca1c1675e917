"""A decision: the L2 record of who allowed exactly which action, until when, and what became of it."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from probed.core.analysis import Analysis
from probed.core.finding import ActionCall, Severity
from probed.core.permission import Approval

Facts = Mapping[str, object]
"""(A name of its own, because `object` means something else inside the class.)"""

EXPIRY = {Severity.CRITICAL: timedelta(hours=1), Severity.WARNING: timedelta(hours=24)}


def expiry_of(severity: Severity) -> timedelta:
    """How long a question about a problem of this severity waits for its answer."""
    return EXPIRY.get(severity, EXPIRY[Severity.WARNING])


class DecisionState(enum.StrEnum):
    PROPOSED = "proposed"
    """A case would like to ask; the host is being looked at."""
    ANALYSED = "analysed"
    """What it would do is known, and bound by the hash."""
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    EXECUTING = "executing"
    VERIFIED = "verified"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"


OPEN = (DecisionState.PROPOSED, DecisionState.ANALYSED, DecisionState.WAITING)
"""Nothing is decided yet; a case has at most one of them."""
NEXT: Mapping[DecisionState, frozenset[DecisionState]] = {
    DecisionState.PROPOSED: frozenset({DecisionState.ANALYSED, DecisionState.WITHDRAWN}),
    DecisionState.ANALYSED: frozenset(
        {DecisionState.WAITING, DecisionState.APPROVED, DecisionState.REJECTED, DecisionState.WITHDRAWN}
    ),
    DecisionState.WAITING: frozenset(
        {DecisionState.APPROVED, DecisionState.REJECTED, DecisionState.EXPIRED, DecisionState.WITHDRAWN}
    ),
    DecisionState.APPROVED: frozenset(
        {DecisionState.EXECUTING, DecisionState.VERIFIED, DecisionState.FAILED, DecisionState.WITHDRAWN}
    ),
    DecisionState.EXECUTING: frozenset(
        {DecisionState.VERIFIED, DecisionState.FAILED, DecisionState.ROLLED_BACK, DecisionState.WITHDRAWN}
    ),
    DecisionState.VERIFIED: frozenset({DecisionState.ROLLED_BACK}),
    DecisionState.FAILED: frozenset({DecisionState.ROLLED_BACK}),
}
"""Withdrawn after an approval: the host is another one than the person saw, so nothing was run."""


@dataclass(frozen=True, slots=True)
class Decision:
    id: str
    case_id: str
    call: ActionCall
    host: str
    severity: Severity
    summary: str
    reason: str
    """Why a person is asked."""
    created_at: datetime
    expires_at: datetime
    state: DecisionState = DecisionState.PROPOSED
    snapshot: Facts = field(default_factory=dict)
    """What the precondition saw when the question was asked."""
    dry_run: str = ""
    """What exactly would change."""
    hash: str = ""
    object: str = ""
    """What it is about, as a person would name it: `nginx.service`; a typed approval repeats it."""
    object_kind: str = ""
    analysis: Analysis = field(default_factory=Analysis)
    revert_after_s: float | None = None
    """Rolled back so long after its execution, unless somebody confirms the change; None: as the configuration says."""
    approval: Approval = Approval.ONE
    approvals: tuple[str, ...] = ()
    """Names of the people who have approved so far, where two have to."""
    decided_by: str = ""
    decided_at: datetime | None = None
    note: str = ""
    trace: str = ""
    """The W3C traceparent of the run that led to it; empty: nobody collects traces."""
    version: int = 0

    @property
    def is_intact(self) -> bool:
        """False when the stored action is no longer the one the hash was made from."""
        return self.hash == decision_hash(self)


def decision_hash(decision: Decision) -> str:
    """SHA-256 over action, parameters, host and the precondition's snapshot, as canonical JSON."""
    content = {
        "action": decision.call.action,
        "params": dict(decision.call.params),
        "host": decision.host,
        "snapshot": dict(decision.snapshot),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def move(decision: Decision, state: DecisionState, now: datetime, by: str = "", note: str = "") -> Decision | None:
    """The decision in its new state, or None where the table has no such way (it was decided already)."""
    if state not in NEXT.get(decision.state, frozenset()):
        return None
    if by:
        decision = replace(decision, decided_by=by, decided_at=now)
    return replace(decision, state=state, note=note or decision.note)

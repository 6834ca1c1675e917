"""A similar question of the past, in one line: when, about what, who decided how, and what became of it."""

from __future__ import annotations

from probed.core.decision import Decision, DecisionState

LONGEST_NOTE = 160
MOST_PRECEDENTS = 5
DECIDED = (
    DecisionState.REJECTED,
    DecisionState.EXPIRED,
    DecisionState.VERIFIED,
    DecisionState.FAILED,
    DecisionState.ROLLED_BACK,
)
"""What can be learned from."""
BY_A_YES = (DecisionState.VERIFIED, DecisionState.FAILED, DecisionState.ROLLED_BACK)


def precedent_line(decision: Decision) -> str:
    words = str(decision.state).replace("_", " ")
    if decision.state in BY_A_YES:
        words = f"approved by {decision.decided_by}: {words}"
    note = " ".join(decision.note.split())
    if note and note != words:
        words = f"{words} ({note if len(note) <= LONGEST_NOTE else note[: LONGEST_NOTE - 1] + '…'})"
    return f"{decision.created_at:%Y-%m-%d} {decision.object}: {words}"

"""What a span says of a run or an action: names, ids, numbers and words of ours, no text of the host's."""

from __future__ import annotations

import hashlib

from probed.core.case import Outcome
from probed.core.decision import Decision
from probed.core.effect import QueuedEffect
from probed.core.report import Report
from probed.core.run import Run, RunState
from probed.engine.order import Order, Result
from probed.errors import CortexError
from probed.ports import Actions, Facts, Tracer

TRACE = "trace"
"""In an effect's payload: the span that called for it."""
VERIFICATIONS = {
    Outcome.VERIFIED: "held",
    Outcome.NOT_VERIFIED: "not_held",
    Outcome.ROLLED_BACK: "not_held",
}
"""Of any other outcome: nothing was there to verify."""


def trace_of(effect: QueuedEffect) -> str:
    return str(effect.payload.get(TRACE, ""))


def of_run(run: Run) -> Facts:
    return {"cortex.inspection.id": run.inspection, "cortex.run.id": run.id, "cortex.run.trigger": str(run.trigger)}


def of_report(report: Report) -> Facts:
    return {
        "cortex.report.id": report.id,
        "cortex.report.verdict": str(report.verdict),
        "cortex.report.findings": len(report.findings),
        "cortex.report.cost_usd": report.cost_usd,
    }


def tell_end(tracer: Tracer, run: Run) -> None:
    tracer.tell({"cortex.run.state": str(run.state)})
    if run.state is not RunState.OK:
        tracer.fail(str(run.state))


def of_action(order: Order, actions: Actions) -> Facts:
    facts = {
        "cortex.action.name": order.call.action,
        "cortex.action.permission": "approved" if order.decision else "automatic",
        "cortex.action.in_doubt": order.is_in_doubt,
        "cortex.case.id": order.effect.subject,
    }
    if order.decision:
        facts |= {"cortex.decision.id": order.decision.id, "cortex.decision.approval": str(order.decision.approval)}
    return {**facts, **_object_of(order, actions)}


def _object_of(order: Order, actions: Actions) -> Facts:
    """As a hash: a name may hold what is nobody else's business."""
    try:
        name = actions.get(order.call.action).object_of(order.call.params)
    except (CortexError, LookupError, TypeError, ValueError):  # its execution will tell
        return {}
    return {"cortex.action.object.hash": hashlib.sha256(name.encode(errors="replace")).hexdigest()[:16]}


def tell_wait(tracer: Tracer, decision: Decision | None) -> None:
    """How long somebody took to decide."""
    if decision is None or decision.decided_at is None:
        return
    tracer.tell({"cortex.decision.waited_s": (decision.decided_at - decision.created_at).total_seconds()})
    tracer.happened("decision.proposed", decision.created_at)
    tracer.happened("decision.approved", decision.decided_at)


def tell_outcome(tracer: Tracer, result: Result) -> None:
    tracer.tell(
        {
            "cortex.action.outcome": str(result.outcome),
            "cortex.action.verification": VERIFICATIONS.get(result.outcome, "none"),
        }
    )
    if result.outcome is not Outcome.VERIFIED:
        tracer.fail(str(result.outcome))

"""What is known about an action before it is approved, as names and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cortexctl import times
from cortexctl.text import money, one_line

if TYPE_CHECKING:
    from probed.wire.decision import AnalysisShape


def analysis_fields(analysis: AnalysisShape) -> list[tuple[str, object]]:
    if not analysis.risk:
        return []
    tried = analysis.succeeded + analysis.failed
    record = f"helped {analysis.succeeded} of {tried} times" if tried else "never tried on this kind of object"
    cost = f"at most {times.duration(analysis.takes_s)}" + (
        f", advice {money(analysis.cost_usd)}" if analysis.cost_usd else ""
    )
    return [
        ("risk", analysis.risk),
        ("may hit", analysis.blast_radius),
        ("inverse", analysis.inverse),
        ("record", record),
        ("cost", cost),
        ("advice", advice_text(analysis)),
        ("precedents", "\n".join(map(one_line, analysis.precedents))),
    ]


def advice_text(analysis: AnalysisShape) -> str:
    advice = analysis.advice
    if advice is None:
        return f"none: {one_line(analysis.no_advice)}" if analysis.no_advice else ""
    kind = "reversible" if advice.reversible else "irreversible"
    reasons = [f"because: {one_line(reason)}" for reason in advice.reasons]
    others = [f"instead: {one_line(other)}" for other in advice.alternatives]
    return "\n".join([f"{advice.recommendation}; risk {advice.risk}, {kind}", *reasons, *others])

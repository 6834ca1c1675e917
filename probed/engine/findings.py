"""The findings of a report: what the checks found and what the model adds, one for each problem of an object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from probed.core.finding import Finding
from probed.engine.looking import CheckResult
from probed.engine.remember import note_of

MOST_MISSING = 3
MOST_TOLD = 5
"""Numbers of a model that stand in no evidence."""
AGENT = "agent."
"""Begins the check's name in a finding that only the model made, so that nobody takes it for a check's own."""


def united(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each identity, since that is what a case stands for: the worst one, in the words of all."""
    same: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        same.setdefault(finding.identity, []).append(finding)
    return [_united(each) if len(each) > 1 else each[0] for each in same.values()]


def with_model(found: Sequence[Finding], from_model: Iterable[Finding]) -> list[Finding]:
    """The model adds findings and proposals; it can neither remove nor soften what a check found."""
    opinions = {finding.identity: finding for finding in united(from_model)}
    checked = [_proposing(finding, opinions.pop(finding.identity, None)) for finding in found]
    return [*checked, *united(_of_model(finding) for finding in opinions.values())]


def marked(finding: Finding) -> Finding:
    """With a word on what stands nowhere, for whoever reads its summary."""
    grounding = finding.grounding
    if grounding is None:
        return finding
    faults = [f"not in the evidence: {', '.join(grounding.unsupported[:MOST_TOLD])}"] if grounding.unsupported else []
    faults += [] if grounding.cites else ["cites no evidence"]
    return replace(finding, summary=f"{finding.summary} ({'; '.join(faults)})") if faults else finding


def is_of_model(check: str) -> bool:
    return check.startswith(AGENT)


def summary_of(findings: Sequence[Finding], unanswered: Sequence[str], results: Sequence[CheckResult] = ()) -> str:
    if findings:
        worst = max(findings, key=lambda finding: finding.severity.rank)
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        return worst.summary + more
    return "; ".join(unanswered) if unanswered else _healthy(results)


def _healthy(results: Sequence[CheckResult]) -> str:
    """What had nothing to look at has not passed. Of several it counts only where it should have been seen: no host has
    everything."""
    blind = [result for result in results if result.absent and not result.covers]
    is_all = len(blind) == len(results)
    missing = [each for result in blind for each in result.absent if is_all or each.remedy]
    words = list(dict.fromkeys(note_of(each) for each in missing))
    if not words:
        return "all checks passed"
    told = "; ".join(words[:MOST_MISSING]) + (f"; and {len(words) - MOST_MISSING} more" if words[MOST_MISSING:] else "")
    return f"nothing was looked at: {told}" if is_all else f"all other checks passed; {told}"


def reasons(failures: Iterable[tuple[str, str]]) -> list[str]:
    """Of checks and why they gave no answer; those that have the same reason give it once."""
    same: dict[str, list[str]] = {}
    for check, reason in failures:
        same.setdefault(reason, []).append(check)
    return [f"{', '.join(dict.fromkeys(checks))}: {reason}" for reason, checks in same.items()]


def _united(same: Sequence[Finding]) -> Finding:
    worst = max(same, key=lambda finding: finding.severity.rank)
    words = dict.fromkeys(finding.summary for finding in (worst, *same))
    return replace(worst, summary="; ".join(words))


def _proposing(finding: Finding, opinion: Finding | None) -> Finding:
    if opinion is None or opinion.proposed_action is None or finding.proposed_action:
        return finding
    return replace(finding, proposed_action=opinion.proposed_action)


def _of_model(finding: Finding) -> Finding:
    return finding if is_of_model(finding.check) else replace(finding, check=AGENT + finding.check)

"""A report that another program hands in: what it may hold, and how it becomes a draft for the engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from probed.api.json_value import JsonCheck
from probed.api.problems import Invalid
from probed.api.text import FINDING_SUMMARY, REPORT_SUMMARY, TEXTS, check_texts
from probed.core.finding import ActionCall, Finding, Severity
from probed.ports import ReportDraft
from probed.wire.finding import ActionCallShape
from probed.wire.report import SubmittedFinding, SubmittedReport

MOST_FINDINGS = 1000
LONGEST_TTL_S = 366 * 86400.0


TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def traced(header: str | None) -> str:
    """A W3C traceparent. Empty where there is none, or what cannot be one: by the standard that is no error."""
    return header if header and TRACEPARENT.fullmatch(header) else ""


def draft_of(report: SubmittedReport, trace: str = "") -> ReportDraft:
    """Raises Invalid with the field, as in `findings[0].summary`."""
    check_texts(report)
    if not report.source.isprintable() or report.source != report.source.strip():
        raise Invalid("source", "must be printable characters, without spaces around them")
    if len(report.findings) > MOST_FINDINGS:
        raise Invalid("findings", f"must be {MOST_FINDINGS} at most, not {len(report.findings)}")
    json_check = JsonCheck()
    findings = tuple(
        _finding(finding, f"findings[{index}]", json_check) for index, finding in enumerate(report.findings)
    )
    _check_identities(findings)
    return ReportDraft(report.source, report.verdict, REPORT_SUMMARY.tidied(report.summary), findings, trace)


def _finding(finding: SubmittedFinding, place: str, json_check: JsonCheck) -> Finding:
    check_texts(finding, f"{place}.")
    if finding.ttl_s is not None and not 0 < finding.ttl_s <= LONGEST_TTL_S:
        raise Invalid(f"{place}.ttl_s", f"must be more than 0 and at most {LONGEST_TTL_S:.0f} seconds")
    return Finding(
        check=finding.check,
        object=finding.object,
        severity=Severity(finding.severity),
        summary=FINDING_SUMMARY.tidied(finding.summary) or f"{finding.check} {finding.object}",
        evidence=_evidence(finding.evidence, f"{place}.evidence", json_check),
        proposed_action=_action(finding.proposed_action, f"{place}.proposed_action", json_check),
        ttl_s=finding.ttl_s,
    )


def _check_identities(findings: tuple[Finding, ...]) -> None:
    """One object has one finding of a check: the second would be the same case."""
    first: dict[tuple[str, str], int] = {}
    for index, finding in enumerate(findings):
        earlier = first.setdefault(finding.identity, index)
        if earlier != index:
            raise Invalid(f"findings[{index}].object", f"check and object are those of findings[{earlier}]")


def _action(proposed: ActionCallShape | str | None, place: str, json_check: JsonCheck) -> ActionCall | None:
    if proposed is None:
        return None
    if isinstance(proposed, str):
        TEXTS["ActionCallShape"]["action"].check(place, proposed)
        return ActionCall(proposed)
    check_texts(proposed, f"{place}.")
    json_check.check(proposed.params, f"{place}.params")
    return ActionCall(proposed.action, proposed.params)


def _evidence(given: Any, place: str, json_check: JsonCheck) -> Mapping[str, object]:
    json_check.check(given, place)
    match given:
        case None:
            return {}
        case dict():
            return given
        case list():
            return {"items": given}
        case str():
            return {"text": given}
        case _:
            return {"value": given}

from __future__ import annotations

import pytest

from probed.agent.schema import MAX_FINDINGS
from probed.agent.validate import opinion_of
from probed.core.finding import ActionCall, Severity
from probed.core.report import Verdict
from probed.errors import InvalidReport
from tests.agent.arrange import finding_of, make_task, report_of, with_problem


def test_a_valid_report_becomes_verdict_and_findings() -> None:
    proposal = {"action": "restart_unit", "params": {"unit": "nginx.service"}}

    opinion = opinion_of(report_of(finding_of(proposed_action=proposal)), make_task())

    assert opinion.verdict is Verdict.WARNING
    (finding,) = opinion.findings
    assert finding.identity == ("disk", "/srv")
    assert finding.severity is Severity.WARNING
    assert finding.evidence == {"gib_a_day": 2}
    assert finding.proposed_action == ActionCall("restart_unit", {"unit": "nginx.service"})


def test_what_a_finding_cites_is_taken_over_and_may_be_missing() -> None:
    cites = ["e3", " o1 ", "e3", "e" * 50]

    opinion = opinion_of(report_of(finding_of(cites=cites), finding_of(object="/")), make_task())

    assert [finding.cites for finding in opinion.findings] == [("e3", "o1", "e" * 20), ()]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (None, "report"),
        ("ok", "report"),
        ([], "report"),
        ({"summary": "x", "findings": []}, "verdict"),
        (report_of(verdict="fine"), "verdict"),
        (report_of(verdict=1), "verdict"),
        (report_of(verdict=["ok"]), "verdict"),
        (report_of(summary=""), "summary"),
        (report_of(summary="x" * 2001), "summary"),
        (report_of(findings={}), "findings"),
        (report_of(*[finding_of()] * (MAX_FINDINGS + 1)), "findings"),
        (report_of(confidence=1), "confidence"),
        (report_of(finding_of(severity="fatal")), "findings[0].severity"),
        (report_of(finding_of(), finding_of(object=" ")), "findings[1].object"),
        (report_of(finding_of(evidence="much")), "findings[0].evidence"),
        (report_of(finding_of(evidence={"log": "x" * 20_000})), "findings[0].evidence"),
        (report_of({"check": "disk"}), "findings[0].object"),
        (report_of(finding_of(command="rm -rf /")), "findings[0].command"),
        (report_of(finding_of(proposed_action={"action": "format_disk", "params": {}})), "proposed_action.action"),
        (report_of(finding_of(proposed_action={"action": "restart_unit"})), "proposed_action.params"),
        (report_of(finding_of(proposed_action="restart_unit")), "proposed_action"),
        (report_of(finding_of(summary="x" * 2000, evidence={}), summary=float("nan")), "report"),
        (report_of(finding_of(cites="e1")), "findings[0].cites"),
        (report_of(finding_of(cites=[1])), "findings[0].cites"),
    ],
)
def test_anything_else_names_the_field(content: object, field: str) -> None:
    with pytest.raises(InvalidReport) as caught:
        opinion_of(content, make_task())

    assert field in caught.value.field


def test_an_action_is_refused_where_the_task_allows_none() -> None:
    proposal = {"action": "restart_unit", "params": {}}

    with pytest.raises(InvalidReport, match="allowed: none"):
        opinion_of(report_of(finding_of(proposed_action=proposal)), make_task(actions=[]))


def test_ok_beside_a_problem_is_a_contradiction() -> None:
    with pytest.raises(InvalidReport, match="is ok, but a finding is not"):
        opinion_of(report_of(finding_of(), verdict="ok"), make_task())


def test_a_verdict_needs_a_finding_that_says_why() -> None:
    with pytest.raises(InvalidReport, match="no finding says why"):
        opinion_of(report_of(verdict="critical"), make_task())


def test_a_problem_that_the_checks_found_is_reason_enough() -> None:
    assert opinion_of(report_of(verdict="warning"), with_problem(make_task())).verdict is Verdict.WARNING


def test_half_a_character_and_control_codes_do_not_get_through() -> None:
    opinion = opinion_of(report_of(summary="a\ud800b\x1b[2Jc"), make_task())

    assert opinion.summary == "a?b\N{REPLACEMENT CHARACTER}[2Jc"
    opinion.summary.encode()

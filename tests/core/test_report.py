import pytest

from probed.core.finding import Finding, Severity
from probed.core.report import Verdict, overall, verdict_of
from tests.factories import make_finding


@pytest.mark.parametrize(
    ("findings", "answered", "verdict"),
    [
        ([], True, Verdict.OK),
        ([], False, Verdict.UNKNOWN),
        ([make_finding(severity=Severity.INFO)], False, Verdict.UNKNOWN),
        ([make_finding(severity=Severity.WARNING)], False, Verdict.WARNING),
        ([make_finding(severity=Severity.WARNING), make_finding(severity=Severity.CRITICAL)], True, Verdict.CRITICAL),
    ],
)
def test_no_answer_is_unknown_and_hides_no_known_problem(
    findings: list[Finding], answered: bool, verdict: Verdict
) -> None:
    assert verdict_of(findings, answered=answered) is verdict


def test_the_host_is_as_bad_as_its_worst_source() -> None:
    assert overall([Verdict.OK, Verdict.UNKNOWN]) is Verdict.UNKNOWN
    assert overall([Verdict.UNKNOWN, Verdict.WARNING]) is Verdict.WARNING
    assert overall([]) is Verdict.UNKNOWN

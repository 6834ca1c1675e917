import pytest

from probed.core.finding import ActionCall, Severity
from probed.core.observation import Absent, Observation
from probed.engine.findings import reasons, summary_of, united, with_model
from probed.engine.looking import CheckResult
from tests.factories import make_finding

PROPOSAL = ActionCall("clean_files", {})


def test_findings_of_different_objects_stay_as_they_are() -> None:
    findings = [make_finding(object="/a"), make_finding(object="/b"), make_finding(check="inodes", object="/a")]

    assert united(findings) == findings


def test_equal_identities_are_one_finding_the_worst_in_the_words_of_all() -> None:
    mild = make_finding(summary="mild", severity=Severity.INFO)
    bad = make_finding(summary="bad", severity=Severity.CRITICAL, evidence={"from": "bad"})

    [finding] = united([mild, bad, mild])

    assert (finding.severity, finding.summary, finding.evidence) == (Severity.CRITICAL, "bad; mild", {"from": "bad"})


def test_the_model_adds_a_proposal_to_a_finding_that_has_none() -> None:
    found = [make_finding(), make_finding(object="/b", proposed_action=ActionCall("own"))]
    said = [make_finding(proposed_action=PROPOSAL), make_finding(object="/b", proposed_action=PROPOSAL)]

    assert [finding.proposed_action for finding in with_model(found, said)] == [PROPOSAL, ActionCall("own")]


def test_whatever_the_model_names_its_findings_each_is_its_own_and_there_once() -> None:
    said = [
        make_finding(check="disk", summary="one"),
        make_finding(check="disk", summary="two"),
        make_finding(check="agent.disk", summary="three"),
    ]

    [finding] = with_model([], said)

    assert (finding.check, finding.summary) == ("agent.disk", "one; two; three")


def test_the_summary_is_the_worst_finding_or_who_did_not_answer() -> None:
    findings = [make_finding(summary="mild"), make_finding(summary="bad", severity=Severity.CRITICAL)]

    assert summary_of(findings, ()) == "bad and 1 more"
    assert summary_of((), ("disk: hangs", "http: hangs")) == "disk: hangs; http: hangs"
    assert summary_of((), ()) == "all checks passed"


def test_a_reason_that_several_checks_give_for_no_answer_is_told_once() -> None:
    failures = [("queries", "refused"), ("indexes", "refused"), ("disk", "hangs"), ("disk", "hangs")]

    assert reasons(failures) == ["queries, indexes: refused", "disk: hangs"]


SEEN = CheckResult("disk", (Observation("/", "fine"),), (Absent("a part", "let it"),))
NO_ENGINE = CheckResult("docker_container", absent=(Absent("Docker engine"),))
HIDDEN = CheckResult("file", absent=(Absent("the file /root/x", "let the daemon's user enter its folder"),))


@pytest.mark.parametrize(
    ("results", "summary"),
    [
        ([SEEN, NO_ENGINE], "all checks passed"),
        ([NO_ENGINE], "nothing was looked at: no Docker engine on this host"),
        ([HIDDEN], "nothing was looked at: no access to the file /root/x: let the daemon's user enter its folder"),
        ([SEEN, NO_ENGINE, HIDDEN], "all other checks passed; no access to the file /root/x: let the daemon's user "),
    ],
)
def test_what_had_nothing_to_look_at_has_not_passed(results: list[CheckResult], summary: str) -> None:
    assert summary_of([], [], results).startswith(summary)


def test_of_much_that_is_missing_a_part_is_told() -> None:
    many = [CheckResult("x", absent=tuple(Absent(f"thing {number}") for number in range(9)))]

    assert summary_of([], [], many).endswith("no thing 2 on this host; and 6 more")

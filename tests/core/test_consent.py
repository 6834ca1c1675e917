import pytest

from probed.core.consent import Consent, consented, objection, shortfall
from probed.core.decision import Decision, DecisionState
from probed.core.permission import Approval, Permission, Ruling
from tests.factories import NOW, make_decision

ONE = make_decision(object="nginx.service")
TYPED = make_decision(object="nginx.service", approval=Approval.TYPED)
NAMELESS = make_decision(approval=Approval.TYPED, object="")
TWO = make_decision(object="nginx.service", approval=Approval.TWO)
HALF = make_decision(object="nginx.service", approval=Approval.TWO, approvals=("ann",))
BOTH = make_decision(object="nginx.service", approval=Approval.TWO_TYPED)
HALF_OF_BOTH = make_decision(object="nginx.service", approval=Approval.TWO_TYPED, approvals=("ann",))


@pytest.mark.parametrize(
    ("decision", "consent", "words"),
    [
        (ONE, Consent("uid:0 root"), ""),
        (TYPED, Consent("uid:1000 ann", "ann"), "--confirm nginx.service"),
        (TYPED, Consent("uid:1000 ann", "ann", "nginx"), "--confirm nginx.service"),
        (TYPED, Consent("uid:1000 ann", "ann", "nginx.service"), ""),
        (NAMELESS, Consent("uid:1000 ann", "ann"), "--confirm restart_unit"),
        (NAMELESS, Consent("uid:1000 ann", "ann", "restart_unit"), ""),
        (TWO, Consent("uid:0 root"), "none that `people` of the configuration lists"),
        (TWO, Consent("uid:1000 ann", "ann"), ""),
        (HALF, Consent("telegram:42 Ann", "ann"), "another person has to approve"),
        (HALF, Consent("uid:1001 bob", "bob"), ""),
        (BOTH, Consent("uid:0 root", "", "nginx.service"), "none that `people` of the configuration lists"),
        (BOTH, Consent("uid:1000 ann", "ann"), "--confirm nginx.service"),
        (BOTH, Consent("uid:1000 ann", "ann", "nginx.service"), ""),
        (HALF_OF_BOTH, Consent("telegram:42 Ann", "ann", "nginx.service"), "another person has to approve"),
        (HALF_OF_BOTH, Consent("uid:1001 bob", "bob"), "--confirm nginx.service"),
        (HALF_OF_BOTH, Consent("uid:1001 bob", "bob", "nginx.service"), ""),
    ],
)
def test_a_yes_counts_as_its_class_wants_it(decision: object, consent: Consent, words: str) -> None:
    fault = objection(decision, consent)  # type: ignore[arg-type]

    assert words in fault if words else fault == ""


@pytest.mark.parametrize("asked", [TWO, BOTH])
def test_of_two_persons_the_first_leaves_it_waiting_and_the_second_approves(asked: Decision) -> None:
    first = consented(asked, Consent("uid:1000 ann", "ann"), NOW)
    assert first is not None
    assert (first.state, first.approvals) == (DecisionState.WAITING, ("ann",))

    second = consented(first, Consent("telegram:43 Bob", "bob"), NOW)

    assert second is not None
    assert (second.state, second.decided_by) == (DecisionState.APPROVED, "ann and bob")


@pytest.mark.parametrize("approval", list(Approval))
def test_what_waits_no_more_takes_no_yes(approval: Approval) -> None:
    closed = make_decision(approval=approval, state=DecisionState.EXPIRED)

    assert consented(closed, Consent("uid:1000 ann", "ann"), NOW) is None


@pytest.mark.parametrize(
    ("decision", "ruling", "words"),
    [
        (ONE, Ruling(Permission.ASK, "on L2"), ""),
        (ONE, Ruling(Permission.AUTOMATIC, "mode is observe", held=True), ""),
        (ONE, Ruling(Permission.NEVER, "by the policy"), "by the policy"),
        (ONE, Ruling(Permission.ASK, "by the policy", approval=Approval.TYPED), "has to be typed by now, and was one"),
        (ONE, Ruling(Permission.ASK, "by the policy", approval=Approval.TWO), "has to be two by now, and was one"),
        (TYPED, Ruling(Permission.ASK, "by the policy", approval=Approval.TWO), "has to be two_typed by now, and was"),
        (
            TWO,
            Ruling(Permission.ASK, "it is grave", approval=Approval.TYPED),
            "has to be two_typed by now, and was two",
        ),
        (TWO, Ruling(Permission.ASK, "on L2"), ""),
        (BOTH, Ruling(Permission.ASK, "by the policy", approval=Approval.TWO), ""),
        (BOTH, Ruling(Permission.ASK, "it is grave", approval=Approval.TYPED), ""),
    ],
)
def test_a_yes_has_to_suffice_by_the_rules_of_today(decision: Decision, ruling: Ruling, words: str) -> None:
    fault = shortfall(decision, ruling)

    assert words in fault if words else fault == ""

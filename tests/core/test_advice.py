"""Advice is one complete object without a contradiction; everything else is none, and above all no approval."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from probed.core.action import Risk
from probed.core.advice import Advice, NoAdvice, Recommendation, advice_of, contradiction, may_approve
from tests.refusals import GOOD, INJECTED, NOES, REASONS, REFUSALS, SAYS_TWICE, forms

APPROVES = Advice(Recommendation.APPROVE, Risk.LOW, False, ("it failed",))


@pytest.mark.parametrize("content", list(forms()), ids=repr)
def test_what_only_looks_like_an_approval_is_none(content: object) -> None:
    with pytest.raises(NoAdvice):
        advice_of(content)


@pytest.mark.parametrize("text", [*REFUSALS, *INJECTED, *SAYS_TWICE])
def test_words_are_no_advice(text: str) -> None:
    with pytest.raises(NoAdvice):
        advice_of(text)


@pytest.mark.parametrize("reason", REASONS)
def test_an_approval_with_a_reason_is_advice(reason: str) -> None:
    assert advice_of({**GOOD, "reasons": [reason]}) == Advice(Recommendation.APPROVE, Risk.LOW, False, (reason,))


@pytest.mark.parametrize("no", NOES)
def test_a_rejection_may_say_no(no: str) -> None:
    assert advice_of({**GOOD, "recommendation": "reject", "reasons": [no]}).recommendation is Recommendation.REJECT


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_other_word_around_it_is_an_approval(before: str, after: str) -> None:
    assume(before or after)
    with pytest.raises(NoAdvice):
        advice_of({**GOOD, "recommendation": f"{before}approve{after}"})


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_is_no_advice_is_refused_whatever_it_is(content: object) -> None:
    with pytest.raises(NoAdvice):
        advice_of(content)


def test_what_looks_like_a_credential_is_not_kept() -> None:
    advice = advice_of({**GOOD, "reasons": ["password=hunter2hunter2 is in the log"]})

    assert "hunter2" not in advice.reasons[0]


@pytest.mark.parametrize(
    ("advice", "risk", "reversible", "words"),
    [
        (APPROVES, Risk.LOW, False, ""),
        (APPROVES, Risk.HIGH, False, "takes the risk for low where it is high"),
        (Advice(Recommendation.REJECT, Risk.LOW, False, ("no",)), Risk.HIGH, False, ""),
        (Advice(Recommendation.REJECT, Risk.LOW, True, ("no",)), Risk.LOW, False, "calls reversible what is not"),
        (Advice(Recommendation.APPROVE, Risk.LOW, True, ("yes",)), Risk.LOW, True, ""),
    ],
)
def test_advice_that_contradicts_what_the_registry_knows_is_none(
    advice: Advice, risk: Risk, reversible: bool, words: str
) -> None:
    assert (
        (words in contradiction(advice, risk=risk, reversible=reversible))
        if words
        else not contradiction(advice, risk=risk, reversible=reversible)
    )


@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("needs_one", [True, False])
@pytest.mark.parametrize("recommendation", list(Recommendation))
@pytest.mark.parametrize("estimate", list(Risk))
def test_the_model_approves_only_what_the_policy_leaves_to_it(
    is_listed: bool, needs_one: bool, recommendation: Recommendation, estimate: Risk
) -> None:
    advice = Advice(recommendation, estimate, False, ("because",))

    allowed = may_approve(advice, is_listed=is_listed, needs_one=needs_one, risk=Risk.MEDIUM)

    assert allowed == (
        is_listed and needs_one and recommendation is Recommendation.APPROVE and estimate is not Risk.HIGH
    )

"""The first rule that fits names the tier, and its reason can be read."""

from __future__ import annotations

import pytest

from probed.core.finding import Severity
from probed.core.model_route import ModelPolicy, Rule, Situation

QUIET = Situation("disk", "small", None, 1.0)
CRITICAL = Situation("disk", "small", Severity.CRITICAL, 1.0)
POOR = Situation("disk", "large", Severity.CRITICAL, 0.15)
POLICY = ModelPolicy(
    (
        Rule("local", budget_left_below=0.2),
        Rule("large", inspections=("disk*", "services"), severity=Severity.CRITICAL),
    ),
    fallback=("small", "local"),
)


def test_without_rules_the_document_decides() -> None:
    choice = ModelPolicy().choose(QUIET)

    assert (choice.tiers, choice.why) == (("small",), "the document asks for the tier small")


@pytest.mark.parametrize(
    ("situation", "tiers", "why"),
    [
        (QUIET, ("small", "local"), "the document asks for the tier small"),
        (
            CRITICAL,
            ("large", "small", "local"),
            "agent.routes[1]: inspections disk*, services and severity critical or worse",
        ),
        (POOR, ("local", "small"), "agent.routes[0]: less than 20% of the budget left"),
    ],
)
def test_the_first_rule_that_fits_decides_and_others_stand_in(
    situation: Situation, tiers: tuple[str, ...], why: str
) -> None:
    choice = POLICY.choose(situation)

    assert (choice.tiers, choice.why) == (tiers, why)


def test_a_rule_for_other_inspections_or_for_less_does_not_fit() -> None:
    rule = Rule("large", inspections=("web*",), severity=Severity.WARNING)

    assert not rule.fits(CRITICAL)
    assert not Rule("large", severity=Severity.WARNING).fits(QUIET)
    assert Rule("large", severity=Severity.WARNING).fits(CRITICAL)
    assert str(Rule("large")) == "always"

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.autonomy import Rung, Standing, Terms, executed, rehearsed, wilson_lower
from tests.factories import NOW

TERMS = Terms(rehearsals=2, threshold=0.8)
NEW = Standing("restart_unit", "unit")


def after(standing: Standing, story: str, terms: Terms = TERMS) -> Standing:
    """`r` a rehearsal that worked, `x` one that did not, `+` a verified execution, `-` one that did not help."""
    for event in story:
        if event in "rx":
            standing = rehearsed(standing, worked=event == "r", terms=terms, now=NOW)
        else:
            standing = executed(standing, verified=event == "+", terms=terms, now=NOW)
    return standing


@pytest.mark.parametrize(
    ("story", "rung"),
    [
        ("", Rung.OBSERVE),
        ("r", Rung.OBSERVE),
        ("rr", Rung.DRY_RUN),
        ("rxr", Rung.OBSERVE),
        ("rrrr", Rung.ASK),
        ("rrrrrrrrrr", Rung.ASK),
        ("rrrr" + "+" * 15, Rung.ASK),
        ("rrrr" + "+" * 16, Rung.AUTOMATIC),
        ("rrrr" + "+" * 15 + "-" + "+" * 15, Rung.ASK),
        ("rrrr" + "+" * 16 + "-", Rung.ASK),
        ("rrrr" + "+" * 16 + "-" + "+" * 16, Rung.AUTOMATIC),
        ("+" * 16, Rung.AUTOMATIC),
        ("rr-", Rung.DRY_RUN),
    ],
)
def test_it_climbs_by_what_it_has_shown_and_falls_on_a_failure(story: str, rung: Rung) -> None:
    assert after(NEW, story).rung is rung


def test_the_lower_bound_is_wilsons() -> None:
    assert wilson_lower(0, 0) == 0.0
    assert math.isclose(wilson_lower(9, 10), 0.5958, abs_tol=1e-4)
    assert math.isclose(wilson_lower(16, 16), 0.8064, abs_tol=1e-4)
    assert wilson_lower(0, 5) == 0.0


@given(st.floats(0.05, 0.99))
def test_the_number_of_successes_that_is_shown_is_the_one_that_is_needed(threshold: float) -> None:
    needed = Terms(threshold=threshold).successes

    assert wilson_lower(needed, needed) >= threshold - 1e-9
    assert wilson_lower(needed - 1, needed - 1) < threshold + 1e-9


@given(st.text("rx+-", max_size=60))
def test_nothing_runs_by_itself_right_after_a_failure(story: str) -> None:
    fallen = after(NEW, story + "-")

    assert fallen.rung.height <= Rung.ASK.height
    assert fallen.successes == 0
    assert fallen.succeeded == story.count("+")


def test_a_pin_stands_and_what_is_earned_goes_on_below_it() -> None:
    pinned = Standing("restart_unit", "unit", pin=Rung.OBSERVE)

    earned = after(pinned, "rrrr")

    assert (earned.stands_on, earned.rung) == (Rung.OBSERVE, Rung.ASK)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.finding import ActionCall, Severity
from probed.core.likeness import features_of, likeness
from probed.core.probe_mark import ProbeMark
from probed.core.recall import TRUSTED, Use, recall
from probed.core.solved_case import (
    Origin,
    Remedy,
    SolvedCase,
    after_action,
    after_refutation,
    corrected,
    remedy_of,
    trust_in,
)
from tests.factories import NOW

RESTART = Remedy("restart_unit", {"unit": "{object}"})
ENABLE = Remedy("enable_unit", {"unit": "{object}"})
MARK = ProbeMark("unit_status", {"name": "{object}"}, (("result=exit-code",),))
FAILED = {"active_state": "failed", "sub_state": "failed", "result": "exit-code", "exit_code": 1}
FULL = {"active_state": "failed", "sub_state": "failed", "result": "resources", "exit_code": 0}


def looks(
    object_: str = "nginx.service", evidence: dict[str, object] | None = None, *, beside: Sequence[str] = ()
) -> tuple[str, ...]:
    facts = FAILED if evidence is None else evidence
    return features_of(object_, Severity.CRITICAL, f"{object_} has failed", facts, {"team": "web"}, beside, "host-a")


def memory(**changes: object) -> SolvedCase:
    solved = SolvedCase(
        id="m1",
        source="services",
        check="systemd_unit",
        object="nginx.service",
        features=looks(),
        created_at=NOW,
        changed_at=NOW,
        origin=Origin.INVESTIGATION,
        by="model",
        cause="its port is taken",
        remedy=RESTART,
        marks=(MARK,),
        helped=1,
    )
    return replace(solved, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("features", "memories", "use", "reason"),
    [
        (looks(), [], Use.IGNORE, "nothing is remembered"),
        (looks(), [memory()], Use.VERIFY, "looks like it"),
        (looks("apache2.service"), [memory()], Use.VERIFY, "looks like it"),
        (looks(evidence=FULL), [memory()], Use.IGNORE, "differs in evidence"),
        (looks("sda", {"used_percent": 91}), [memory()], Use.IGNORE, "differs in object, evidence"),
        (looks(), [memory(helped=0)], Use.IGNORE, "is not trusted"),
        (looks(), [memory(failed=1)], Use.IGNORE, "is not trusted"),
        (looks(), [memory(refuted=1)], Use.IGNORE, "is not trusted"),
        (looks(), [memory(helped=2, failed=1)], Use.VERIFY, "looks like it"),
        (looks(), [memory(helped=0, vouched_by="ann")], Use.VERIFY, "looks like it"),
        (looks(), [memory(), memory(id="m2", remedy=ENABLE)], Use.IGNORE, "says something else"),
        (looks(), [memory(), memory(id="m2", cause="in other words")], Use.VERIFY, "looks like it"),
        (looks(), [memory(), memory(id="m2", remedy=ENABLE, helped=0)], Use.VERIFY, "looks like it"),
        (looks(), [memory(), memory(id="m2", remedy=ENABLE, features=looks(evidence=FULL))], Use.VERIFY, "like it"),
        (
            looks(beside=["http"]),
            [
                memory(),
                memory(id="m2", remedy=ENABLE, helped=0, features=looks(beside=["http"])),
            ],
            Use.IGNORE,
            "memory m2 looks as like it and says something else",
        ),
        (looks(), [memory(helped=4, marks=())], Use.USE, "has helped each time"),
        (looks(), [memory(helped=3, marks=())], Use.VERIFY, "looks like it"),
        (looks(), [memory(helped=9)], Use.VERIFY, "looks like it"),
    ],
)
def test_a_memory_is_used_as_far_as_it_looks_alike_stands_out_and_has_held(
    features: tuple[str, ...], memories: list[SolvedCase], use: Use, reason: str
) -> None:
    found = recall(features, memories, NOW)

    assert found.use is use
    assert reason in found.reason


def test_the_more_alike_of_two_that_say_different_things_is_the_one() -> None:
    taken, full = memory(), memory(id="m2", remedy=ENABLE, features=looks(evidence=FULL))

    assert recall(looks(), [full, taken], NOW).memory is taken
    assert recall(looks(evidence=FULL), [full, taken], NOW).memory is full


def test_trust_falls_with_each_failure_until_nothing_is_left_of_it_and_comes_back_with_what_helps() -> None:
    known = memory(helped=3)
    for _ in range(3):
        fallen = after_action(known, verified=False, now=NOW)
        assert trust_in(fallen, NOW) < trust_in(known, NOW)
        known = fallen
    assert recall(looks(), [after_refutation(known, NOW)], NOW).use is Use.IGNORE
    for _ in range(6):
        known = after_action(known, verified=True, now=NOW)
    assert recall(looks(), [known], NOW).use is Use.VERIFY


def test_what_was_not_met_for_long_is_forgotten_slowly_and_the_better_proven_the_later() -> None:
    later = NOW + timedelta(days=200)

    assert recall(looks(), [memory()], later).use is Use.IGNORE
    assert recall(looks(), [memory(helped=5)], later).use is Use.VERIFY
    assert trust_in(memory(), NOW - timedelta(days=1)) == trust_in(memory(), NOW), "a clock that was set back"


def test_what_a_person_corrects_stands_by_that_persons_word_and_not_by_the_old_record() -> None:
    wrong = memory(helped=1, failed=4)

    right = corrected(wrong, "ann", NOW, cause="its disk is full", advice="empty /srv/cache", drop_remedy=True)

    assert (right.cause, right.advice, right.remedy, right.marks) == ("its disk is full", "empty /srv/cache", None, ())
    assert (right.helped, right.failed, right.vouched_by) == (0, 0, "ann")
    assert recall(looks(), [right], NOW).use is Use.VERIFY


def test_a_remedy_follows_the_object_and_is_none_for_another_where_it_names_its_own() -> None:
    followed = remedy_of(ActionCall("restart_unit", {"unit": "nginx.service"}), "nginx.service")
    fixed = remedy_of(ActionCall("clean_files", {"path": "/srv/cache"}), "/srv")
    of_a_process = remedy_of(ActionCall("terminate_process", {"pid": 7, "name": "x"}), "x")

    assert followed.call_for("php.service", "nginx.service") == ActionCall("restart_unit", {"unit": "php.service"})
    assert fixed.call_for("/srv", "/srv") == ActionCall("clean_files", {"path": "/srv/cache"})
    assert fixed.call_for("/var", "/srv") is None
    assert of_a_process.call_for("x", "x") is None, "the number is another process's by now"


def test_figures_that_vary_and_times_leave_two_cases_alike_and_codes_do_not() -> None:
    one = looks(evidence={"restarts": 1000, "exit_code": 137, "since": "06:00", "main_pid": 7})
    same = looks(evidence={"restarts": 1023, "exit_code": 137, "since": "09:00", "main_pid": 99})
    other = looks(evidence={"restarts": 1000, "exit_code": 143, "since": "06:00", "main_pid": 7})

    assert likeness(one, same).score == 1
    assert likeness(one, other).differs == ("evidence",)


facts = st.dictionaries(
    st.sampled_from(["state", "exit_code", "size", "deep"]),
    st.one_of(
        st.text(max_size=20), st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.integers(), max_size=3)
    ),
    max_size=4,
)
records = st.builds(
    lambda helped, failed, refuted: memory(helped=helped, failed=failed, refuted=refuted),
    *[st.integers(0, 30)] * 3,
)


@given(st.text(max_size=20), facts, st.text(max_size=20), facts)
def test_likeness_is_symmetric_bounded_and_whole_with_itself(one: str, a: dict, other: str, b: dict) -> None:  # type: ignore[type-arg]
    left, right = looks(one, a), looks(other, b)

    assert likeness(left, right) == likeness(right, left)
    assert 0 <= likeness(left, right).score <= 1
    assert likeness(left, left).score == pytest.approx(1)
    assert looks(one, dict(reversed(a.items()))) == left, "whatever the order of the facts"


@given(records)
def test_no_failure_ever_raises_trust_and_no_success_lowers_it(known: SolvedCase) -> None:
    trust = trust_in(known, NOW)

    assert 0 <= trust <= 1
    assert trust_in(after_action(known, verified=False, now=NOW), NOW) <= trust
    assert trust_in(after_refutation(known, NOW), NOW) <= trust
    assert trust_in(after_action(known, verified=True, now=NOW), NOW) >= trust


@given(st.lists(records, max_size=6), facts)
def test_nothing_is_used_that_is_not_trusted_and_the_order_does_not_matter(known: list[SolvedCase], a: dict) -> None:  # type: ignore[type-arg]
    memories = [replace(each, id=f"m{number}") for number, each in enumerate(known)]

    found = recall(looks(evidence=a), memories, NOW)

    assert found == recall(looks(evidence=a), memories[::-1], NOW)
    assert found.use is Use.IGNORE or found.trust >= TRUSTED

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.evidence_mark import Mark, is_far, mark_of, template
from probed.core.finding import Severity
from tests.factories import make_finding


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("failed 3 minutes ago (pid 4711)", "failed 2 hours ago (pid 9)"),
        ("/srv is 91.2% full, 8.1 GiB left", "/srv is 93% full, 512 MiB left"),
        ("2026-12-01T13:20:11Z worker died", "2026-12-02T01:02:03Z worker died"),
        ("Dec  1 13:20:11 worker died", "Jan 12 01:02:03 worker died"),
        ("container 3f2a9c1b77de left", "container 0b1c2d3e4f5a left"),
        ("run 123e4567-e89b-42d3-a456-426614174000", "run 00000000-e89b-42d3-a456-426614174999"),
        ("connection from 192.0.2.7:51022 refused", "connection from 198.51.100.23:40000 refused"),
        ("restarted 3 times", "restarted 12 times"),
    ],
)
def test_texts_that_differ_in_what_changes_by_itself_are_equal(one: str, other: str) -> None:
    assert template(one) == template(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("exit code", "signal"),
        ("connection refused", "connection timed out"),
        ("killed by the kernel: out of memory", "killed by a person"),
        ("facade", "deadbeef"),
    ],
)
def test_texts_that_say_something_else_are_not(one: str, other: str) -> None:
    assert template(one) != template(other)


@given(st.text(max_size=300))
def test_no_number_is_left_in_the_template_of_any_text(text: str) -> None:
    assert not any(letter.isdecimal() for letter in template(text))


def test_a_number_counts_by_its_order() -> None:
    assert not is_far(91.0, 99.9)
    assert not is_far(0, 0.9)
    assert is_far(10, 60)
    assert is_far(9e9, 1e8)
    assert not is_far(5, 6)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_it_does_not_matter_which_number_came_first(one: float, other: float) -> None:
    assert is_far(one, other) == is_far(other, one)


def test_a_finding_is_marked_by_its_facts_without_those_that_only_say_which() -> None:
    def marked(pid: int, rss_bytes: int) -> Mark:
        top = [{"name": "java", "pid": pid}]
        return mark_of(make_finding(evidence={"pid": pid, "rss_bytes": rss_bytes, "top": top, "ok": True}))

    one, other = marked(7, 10), marked(9000, 12)

    assert one.words == other.words
    assert one.numbers == {"rss_bytes": 10.0}


def test_without_evidence_the_summary_counts() -> None:
    def marked(summary: str) -> str:
        return mark_of(make_finding(evidence={}, summary=summary, severity=Severity.WARNING)).words

    assert marked("9 of 10 workers hang") == marked("8 of 10 workers hang")
    assert marked("9 of 10 workers hang") != marked("the queue is full")


def test_evidence_that_is_deep_or_odd_is_marked_all_the_same() -> None:
    deep: dict[str, object] = {}
    deep["again"] = deep

    assert mark_of(make_finding(evidence={"deep": deep, "nan": float("nan"), "raw": b"\xff", "none": None})).words

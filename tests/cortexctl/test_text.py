from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cortexctl import times
from cortexctl.text import aligned, cut, notes_of, one_line, pairs, short_ids, width
from tests.cortexctl import samples

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def moment(seconds_ago: float) -> str:
    return (NOW - timedelta(seconds=seconds_ago)).isoformat()


@pytest.mark.parametrize(
    ("seconds_ago", "words"),
    [
        (0.5, "now"),
        (-0.5, "now"),
        (1, "1 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (7199, "1 h ago"),
        (86_400, "1 d ago"),
        (8_640_000, "100 d ago"),
        (-85, "in 1 min"),
        (-59.9, "in 1 min"),
        (-7199, "in 2 h"),
    ],
)
def test_times_are_relative_in_the_largest_unit_and_what_is_to_come_is_rounded(seconds_ago: float, words: str) -> None:
    assert times.relative(moment(seconds_ago), NOW) == words


def test_no_time_is_a_dash() -> None:
    assert times.relative(None, NOW) == "-"


def test_the_wires_form_of_utc_is_understood() -> None:
    assert times.relative("2026-03-01T09:00:00.123456Z", NOW) == "59 min ago"


def test_a_time_from_before_the_clock_was_set_does_not_last_less_than_nothing() -> None:
    assert times.since(moment(-30), NOW) == "for 0 s"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (moment(10), moment(9.58), "420 ms"),
        (moment(100), moment(0), "1 min"),
        (None, moment(0), ""),
        (moment(0), None, ""),
    ],
)
def test_how_long_it_took(start: str | None, end: str | None, words: str) -> None:
    assert times.between(start, end) == words


def test_one_line_holds_nothing_that_steers() -> None:
    assert one_line("a\nb\tc\x1b[1m\x7f\x85\u2066d\u200f") == "a b c\\x1b[1m\\x7f\\x85\\u2066d\\u200f"
    assert one_line("größe 証明書 ✓") == "größe 証明書 ✓"


def test_wide_letters_take_two_columns() -> None:
    assert (width("abc"), width("証明"), width("e\u0301")) == (3, 4, 1)
    assert aligned([("証明", "x"), ("abcde", "y")]) == ["証明   x", "abcde  y"]


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("a bcd", 3, "a…"), ("証明書書", 5, "証明…"), ("", 3, "")],
)
def test_cut_text_fits_and_says_that_it_was_cut(text: str, columns: int, expected: str) -> None:
    assert cut(text, columns) == expected


def test_short_ids_tell_all_apart() -> None:
    assert short_ids(["01kjn0aaaaaaaaa1", "01kjn0aaaaaaaab2"]) == {
        "01kjn0aaaaaaaaa1": "01kjn0aaaaaaaaa",
        "01kjn0aaaaaaaab2": "01kjn0aaaaaaaab",
    }
    assert short_ids(["01kjn0aaaaaaaaa1", "02kjn0aaaaaaaaa1"])["01kjn0aaaaaaaaa1"] == "01kjn0aaaa"
    assert short_ids(["same", "same"]) == {"same": "same"}
    assert short_ids([]) == {}


def test_a_value_cannot_pass_for_another_pair() -> None:
    assert pairs({"unit": "a.service", "note": "x y=1", "empty": ""}) == "unit=a.service note='x y=1' empty=''"


def test_how_to_tune_it_is_said_once() -> None:
    known = {"impact": "slow", "outlook": "would run", "tune": "$EDITOR disks.md"}
    found = replace(samples.ALERT, case_id="c1", annotations=known, commands=["vi +3 disks.md"])

    assert notes_of(found) == {"impact": "slow"}
    assert notes_of(replace(found, commands=[])) == {"impact": "slow", "tune": "$EDITOR disks.md"}
    assert "tune" in notes_of(replace(found, case_id=""))

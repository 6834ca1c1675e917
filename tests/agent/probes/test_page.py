from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.agent.probes.page import MAX_BYTES, MAX_NOTE, MAX_REASON, failure_of, page_of
from probed.agent.probes.table import MAX_CELL, MAX_KEPT, MAX_KEPT_ROWS, Table

CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3000)


def shown(table: Table, **bound: int) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(page_of(table, "e1", **bound).text)
    return answer


def pages(table: Table | None, **bound: int) -> list[dict[str, Any]]:
    """All that there is, page by page, by the cursor alone."""
    found: list[dict[str, Any]] = []
    while table:
        page = page_of(table, f"e{len(found) + 1}", **bound)
        found.append(json.loads(page.text))
        table = page.rest
    return found


def test_everything_is_shown_where_it_fits() -> None:
    assert shown(Table(("a", "b"), [(1, "x"), (2, None)])) == {
        "evidence": "e1",
        "columns": ["a", "b"],
        "rows": [[1, "x"], [2, None]],
    }


def test_what_does_not_fit_is_counted_and_paged_on_to_without_a_gap() -> None:
    table = Table(("number", "text"), [(number, "x" * 50) for number in range(1000)], limit=1000)

    first, *others = pages(table, max_bytes=2000)

    end = len(first["rows"])
    assert 20 < end < 40
    assert (first["truncated"], first["next"]) == (f"the first {end} of 1000 rows", "after-e1")
    assert others[0]["truncated"].startswith(f"rows {end + 1} to ")
    assert [row[0] for page in (first, *others) for row in page["rows"]] == list(range(1000))
    assert "next" not in others[-1]


def test_a_page_has_no_more_rows_than_were_asked_for() -> None:
    first, second, last = pages(Table(("a",), [(number,) for number in range(7)], limit=3))

    assert (first["rows"], first["truncated"]) == ([[0], [1], [2]], "the first 3 of 7 rows")
    assert (second["rows"], second["truncated"]) == ([[3], [4], [5]], "rows 4 to 6 of 7")
    assert (last["rows"], last["truncated"]) == ([[6]], "rows 7 to 7 of 7")


def test_where_the_end_counts_too_both_ends_are_shown_and_what_lies_between_is_paged_to() -> None:
    first, *others = pages(Table(("line",), [(number,) for number in range(100)], limit=20, both_ends=True))

    assert first["rows"] == [[number] for number in range(15)]
    assert first["last_rows"] == [[number] for number in range(95, 100)]
    assert first["truncated"] == "the first 15 and the last 5 of 100 rows; 80 between them"
    assert [row[0] for page in others for row in page["rows"]] == list(range(15, 95))
    assert "last_rows" not in others[0]
    assert "next" not in others[-1]


def test_rows_that_are_not_at_hand_are_said_to_be_so() -> None:
    answer = shown(Table(("a",), [(1,)], total=7))

    assert answer["truncated"] == "the first 1 of 7 rows; the others are not at hand: ask a narrower question"
    assert "next" not in answer


def test_a_look_that_can_go_on_says_so_although_nobody_knows_how_far() -> None:
    answer = shown(Table(("a",), [(1,)], more=lambda: Table(("a",), [])))

    assert (answer["truncated"], answer["next"]) == ("the first 1 rows; there are more", "after-e1")


def test_what_is_kept_for_the_next_pages_has_a_bound() -> None:
    many = page_of(Table(("a",), [(number,) for number in range(10_000)], limit=10), "e1").rest
    large = page_of(Table(("a",), [("x" * 9000,) for _ in range(1000)], limit=10), "e1").rest

    assert many
    assert large
    assert len(many.rows) == MAX_KEPT_ROWS
    assert sum(len(str(row[0])) for row in large.rows) < 1.2 * MAX_KEPT
    assert pages(many)[-1]["truncated"].endswith("of 10000; the others are not at hand: ask a narrower question")


def test_a_long_text_is_cut_and_says_how_long_it_was() -> None:
    (row,) = shown(Table(("a",), [("x" * 5000,)]))["rows"]

    assert row[0] == f"{'x' * MAX_CELL}… (5000 characters)"


def test_a_row_that_alone_is_too_long_is_shown_with_shorter_texts() -> None:
    table = Table(tuple("abcdefgh"), [("字" * 5000,) * 8, (1,) * 8])
    answer = shown(table, max_bytes=2000)

    assert len(page_of(table, "e1", max_bytes=2000).text.encode()) <= 2000
    assert answer["rows"][0][0].startswith("字字字字字字字字字字")
    assert answer["rows"][0][0].endswith("(5000 characters)")


def test_a_file_name_that_is_no_text_is_still_an_answer() -> None:
    assert shown(Table(("path",), [("caf\udce9",)]))["rows"] == [["caf?"]]


@pytest.mark.parametrize("reason", ["x" * 100_000, "caf\udce9", "password=hunter2", "字" * 5000])
def test_a_failure_is_an_answer_of_the_same_kind(reason: str) -> None:
    answer = json.loads(failure_of(reason, "e7"))

    assert answer["evidence"] == "e7"
    assert 0 < len(answer["failed"]) <= MAX_REASON
    assert "hunter2" not in answer["failed"]


@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=60),
    limit=st.integers(1, 100),
    both_ends=st.booleans(),
    note=st.text(max_size=2 * MAX_NOTE),
)
def test_every_page_is_bounded_and_every_row_stands_in_one(
    rows: list[tuple[object, ...]], limit: int, both_ends: bool, note: str
) -> None:
    table = Table(("a", "b", "c"), rows, limit=limit, both_ends=both_ends, note=note)  # type: ignore[arg-type]

    found = pages(table)

    assert all(len(json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()) <= MAX_BYTES for page in found)
    assert sum(len(page["rows"]) + len(page.get("last_rows", ())) for page in found) == len(rows)

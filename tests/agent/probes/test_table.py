from __future__ import annotations

import json

from probed.agent.probes.table import MAX_CELL, Table


def test_everything_is_shown_where_it_fits() -> None:
    answer = json.loads(Table(("a", "b"), [(1, "x"), (2, None)]).render())

    assert answer == {"columns": ["a", "b"], "rows": [[1, "x"], [2, None]]}


def test_rows_beyond_the_bytes_are_cut_from_the_end_and_counted() -> None:
    text = Table(("number", "text"), [(number, "x" * 50) for number in range(1000)]).render(max_bytes=2000)

    answer = json.loads(text)
    shown = len(answer["rows"])
    assert len(text.encode()) <= 2000
    assert 20 < shown < 40
    assert answer["rows"][0][0] == 0
    assert answer["truncated"] == f"the first {shown} of 1000 rows"


def test_rows_that_the_probe_left_out_are_counted() -> None:
    assert json.loads(Table(("a",), [(1,)], total=7).render())["truncated"] == "the first 1 of 7 rows"


def test_a_long_text_is_cut_and_says_how_long_it_was() -> None:
    (row,) = json.loads(Table(("a",), [("x" * 5000,)]).render())["rows"]

    assert row[0].startswith("x" * MAX_CELL + "…")
    assert "5000 characters" in row[0]


def test_a_file_name_that_is_no_text_is_still_an_answer() -> None:
    text = Table(("path",), [("caf\udce9",)]).render()

    assert json.loads(text)["rows"] == [["caf?"]]

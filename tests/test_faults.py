"""docs/faults.md names a test for each fault, and each of those tests exists."""

from __future__ import annotations

import re

import pytest

from tests.test_threats import TREE, names_in

ROWS = [line for line in (TREE / "docs" / "faults.md").read_text().splitlines() if line.startswith("| ")][2:]


@pytest.mark.parametrize("row", ROWS)
def test_each_fault_has_a_test_that_makes_it_happen(row: str) -> None:
    fault, then, shown_by = (cell.strip() for cell in row.strip("|").split("|"))
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", shown_by)

    assert fault
    assert then
    assert named
    for file, name in named:
        assert name in names_in(TREE / file)


def test_no_fault_has_gone_from_the_list() -> None:
    assert len(ROWS) >= 26

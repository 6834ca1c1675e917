"""THREATS.md names a test for each thing that somebody could do, and each of those tests exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TREE = Path(__file__).parents[1]
TEXT = (TREE / "THREATS.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith(("| could", "| ---"))]


def names_in(path: Path) -> set[str]:
    """Of the module and of its classes."""
    tree = ast.parse(path.read_text())
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return {name for name in found if name.startswith("test_")}


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED)))
def test_each_test_that_is_named_exists(file: str, name: str) -> None:
    assert name in names_in(TREE / file)


@pytest.mark.parametrize("row", ROWS)
def test_each_threat_has_a_test(row: str) -> None:
    could, stopped_by, shown_by = (cell.strip() for cell in row.strip("|").split("|"))

    assert could
    assert stopped_by
    assert re.fullmatch(r"`tests/[\w/]+\.py::\w+`(, `tests/[\w/]+\.py::\w+`)*", shown_by)


def test_everybody_who_could_do_harm_has_a_section() -> None:
    assert len(re.findall(r"^## ", TEXT, re.MULTILINE)) == 13
    assert len(ROWS) > 40

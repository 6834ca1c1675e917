from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.style import Style

from cortexctl.tui.cell import Cell, fitted, longest, plain, strip_of


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("disk", 6, "disk  "),
        ("disk", 4, "disk"),
        ("disk full", 6, "disk…"),
        ("disk full", 0, ""),
        ("disk\x1b[2J", 12, "disk\\x1b[2J "),
        ("two\nlines", 9, "two lines"),
        ("証明書", 6, "証明書"),
        ("証明書", 5, "証明…"),
        ("証明書", 4, "証…"),
    ],
)
def test_a_text_is_cut_or_padded_to_its_columns(text: str, columns: int, shown: str) -> None:
    assert fitted(text, columns).rstrip() == shown.rstrip()
    assert cell_len(fitted(text, columns)) == columns


def test_a_number_stands_on_the_right() -> None:
    assert fitted("7 %", 6, is_right=True) == "   7 %"


@pytest.mark.parametrize("width", [0, 1, 5, 12, 40])
def test_a_line_is_as_wide_as_it_has_to_be(width: int) -> None:
    strip = strip_of(
        [Cell("critical", "critical", 8), Cell("証明書 expires"), Cell("now", width=3)], width, lambda tone: Style()
    )
    assert strip.cell_length == width


def test_what_the_other_cells_leave_goes_to_the_flexible_one() -> None:
    strip = strip_of([Cell("a", width=2), Cell("summary"), Cell("z", width=1, gap=0)], 11, lambda tone: Style())
    assert strip.text == "a  summa… z"


def test_the_longest_text_says_how_wide_a_column_is() -> None:
    assert longest(["a", "証明"], 10) == 4
    assert longest(["a long name"], 5) == 5
    assert longest([], 5) == 0


def test_prose_keeps_its_lines_and_loses_its_powers() -> None:
    assert plain("[b]one[/]\ntwo\x07").plain == "[b]one[/]\ntwo\\x07"

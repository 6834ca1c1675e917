from __future__ import annotations

import pytest

from probed.core.pattern import fits_any, is_pattern


@pytest.mark.parametrize(("text", "answer"), [("nginx", False), ("nginx*", True), ("web-?", True), ("db[12]", True)])
def test_a_wildcard_makes_a_pattern(text: str, answer: bool) -> None:
    assert is_pattern(text) is answer


def test_a_name_fits_where_one_of_the_patterns_does() -> None:
    assert fits_any("web-1", ["db", "web-*"])
    assert not fits_any("Web-1", ["db", "web-*"])
    assert not fits_any("web-1", [])

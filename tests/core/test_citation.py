from __future__ import annotations

import pytest

from probed.core.citation import as_earlier, checked


@pytest.mark.parametrize(
    ("text", "shown", "cited", "unsupported"),
    [
        ("It is full [e1].", "It is full [e1].", ("e1",), ()),
        ("[e2] and [e1, e2]", "[e2] and [e1, e2]", ("e2", "e1"), ()),
        ("full [e9]", "full [e9: no such evidence]", (), ("e9",)),
        ("full [e1; e9]", "full [e1, e9: no such evidence]", ("e1",), ("e9",)),
        ("[E1] [e] [1] (e1) [see e1] [e1x]", "[E1] [e] [1] (e1) [see e1] [e1x]", (), ()),
        ("", "", (), ()),
    ],
)
def test_citations_are_found_and_those_of_nothing_marked(
    text: str, shown: str, cited: tuple[str, ...], unsupported: tuple[str, ...]
) -> None:
    found = checked(text, {"e1", "e2"})

    assert (found.text, found.cited, found.unsupported) == (shown, cited, unsupported)


def test_what_an_earlier_answer_cites_can_be_mistaken_for_nothing_new() -> None:
    earlier = as_earlier("full [e1, e2]")

    assert earlier == "full [earlier e1, e2]"
    assert checked(earlier, {"e1"}).cited == ()

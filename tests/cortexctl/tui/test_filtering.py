from __future__ import annotations

import pytest

from cortexctl.tui.filtering import Filter

ASKED = {"state": ("ok", "failed"), "inspection": ()}


@pytest.mark.parametrize(
    ("text", "query", "words"),
    [
        ("", {}, []),
        ("failed", {"state": "failed"}, []),
        ("state=failed Disk", {"state": "failed"}, ["disk"]),
        ("inspection=disks", {"inspection": "disks"}, []),
        ("state=great", {}, ["state=great"]),
        ("a=b state=", {}, ["a=b", "state="]),
    ],
)
def test_what_the_daemon_knows_is_asked_of_it_and_the_rest_is_looked_for_here(
    text: str, query: dict[str, str], words: list[str]
) -> None:
    wanted = Filter(text, ASKED)
    assert (wanted.query, wanted.words) == (query, words)


def test_a_row_has_to_have_all_words() -> None:
    assert Filter("disk FULL").keeps("the disk is full")
    assert not Filter("disk full").keeps("the disk is fine")

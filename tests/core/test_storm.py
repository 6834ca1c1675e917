from __future__ import annotations

import pytest

from probed.core.card import Card, CardKind
from probed.core.notification import Notification
from probed.core.storm import MOST_LISTED, can_be_gathered, listed


@pytest.mark.parametrize(
    ("kind", "gathered"), [(CardKind.ALERT, True), (CardKind.DECISION, False), (CardKind.DIGEST, False)]
)
def test_questions_and_digests_always_go_out(kind: CardKind, gathered: bool) -> None:
    assert can_be_gathered(Card(kind, "host-a", "title")) is gathered


def test_a_program_is_told_everything() -> None:
    notification = Notification("default", "{}", {}, ())

    assert not can_be_gathered(Card(CardKind.ALERT, "host-a", "title", notification=notification))


def test_what_is_too_long_for_one_message_says_how_much_is_missing() -> None:
    lines = [str(number) for number in range(MOST_LISTED + 412)]

    assert listed(lines)[0] == "412 older ones: cortexctl alerts list"
    assert listed(lines)[-1] == lines[-1]
    assert listed(lines[:3]) == lines[:3]

from __future__ import annotations

import pytest

from probed.core.card import Card, CardKind, Section
from probed.core.notification import Notification
from probed.core.storm import LONGEST_LINE, MOST_LISTED, can_be_gathered, line_of, listed
from tests.factories import NOW


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


def test_of_a_group_each_alert_is_named_as_far_as_a_line_goes() -> None:
    one, other = Section("one is full"), Section("resolved: other is full")

    assert line_of(Card(CardKind.ALERT, "h", "warning: one is full", sections=(one,)), NOW) == (
        "06:00 UTC: warning: one is full"
    )
    assert line_of(Card(CardKind.ALERT, "h", "2 alerts", sections=(one, other)), NOW) == (
        "06:00 UTC: 2 alerts: one is full; resolved: other is full"
    )
    steady = Card(
        CardKind.NOTICE, "h", "no longer flapping: one is full", sections=(Section("", ("it fires", "disk")),)
    )
    assert line_of(steady, NOW) == "06:00 UTC: no longer flapping: one is full (it fires)"
    assert len(line_of(Card(CardKind.ALERT, "h", "many", sections=(one,) * 100), NOW)) == LONGEST_LINE

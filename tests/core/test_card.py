import json
from dataclasses import replace

from probed.core.card import Button, Card, CardKind, Section
from probed.core.notification import Notification, ToldAlert
from tests.factories import NOW

CARD = Card(
    kind=CardKind.DECISION,
    host="host-a",
    title="nginx.service failed",
    severity="critical",
    sections=(Section("what would change", ("restart nginx.service",)), Section("", ("now",))),
    commands=("cortexctl decisions approve d1",),
    buttons=(Button("Approve", "approve", "d1"),),
)


def test_a_card_survives_the_outbox() -> None:
    assert Card.from_payload(CARD.to_payload()) == CARD


def test_plain_text_names_the_host_first_and_the_commands_last() -> None:
    assert CARD.as_text().splitlines() == [
        "host-a: nginx.service failed",
        "what would change",
        "  restart nginx.service",
        "  now",
        "$ cortexctl decisions approve d1",
    ]


def test_what_a_program_is_told_comes_back_from_the_payload() -> None:
    told = ToldAlert("firing", {"alertname": "a"}, {"summary": "b"}, NOW, None, "f" * 16, "http://prometheus/graph")
    over = replace(told, status="resolved", ends_at=NOW)
    notification = Notification("web", '{}:{alertname="a"}', {"alertname": "a"}, (told, over))
    card = Card(CardKind.ALERT, "host-a", "a", notification=notification)

    assert Card.from_payload(json.loads(json.dumps(card.to_payload()))) == card

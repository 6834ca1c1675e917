from probed.core.card import Button, Card, CardKind, Section

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

"""What a person is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from probed.channels.telegram_html import MAX_COMMANDS_UNITS, units
from probed.core.alert import Alert, AlertState
from probed.core.card import Card, CardKind, Section
from probed.core.decision import DecisionState
from probed.core.finding import Severity
from probed.core.group import Announcement, NotifyReason, Record
from probed.core.permission import Approval
from probed.engine import cards
from probed.engine.cards import (
    alert_card,
    answerable,
    away_card,
    decision_card,
    digest_card,
    first_sweep_card,
)
from probed.engine.cards.section import MOST_LISTED
from probed.engine.catalogue import Catalogue, Entry
from tests.factories import NOW, make_alert, make_case, make_decision, make_inspection


def news_of(firing: list[Alert], resolved: list[Alert]) -> Announcement:
    record = Record("{}:{}", "default", "recording", frozenset(), frozenset(), NOW)
    return Announcement("recording", NotifyReason.NEW, tuple(firing), tuple(resolved), record)


def ended(**changes: object) -> Alert:
    return make_alert(state=AlertState.RESOLVED, **{"ends_at": NOW + timedelta(hours=1), **changes})  # type: ignore[arg-type]


def test_a_section_names_the_alert_that_it_is_about() -> None:
    firing, over = make_alert(), ended()

    card = alert_card("host-a", news_of([firing], [over]))

    assert [section.subject for section in card.sections] == [firing.id, over.id]
    assert Card.from_payload(card.to_payload()) == card


def test_a_card_of_an_older_version_names_none() -> None:
    old = {"title": "/srv is 85% full", "lines": ["since 06:00"]}
    payload = {**alert_card("host-a", news_of([make_alert()], [])).to_payload(), "sections": [old]}

    assert Card.from_payload(payload).sections == (Section("/srv is 85% full", ("since 06:00",)),)


def test_an_end_has_both_times_and_the_day_where_it_is_another() -> None:
    same, next_day = ended(), ended(ends_at=NOW + timedelta(days=1))

    card = alert_card("host-a", news_of([], [same, next_day]))

    assert [section.lines for section in card.sections] == [
        ("2026-11-20 06:00 to 07:00 UTC",),
        ("2026-11-20 06:00 to 2026-11-21 06:00 UTC",),
    ]


def flapping(alert: Alert) -> Card:
    return cards.flapping_card("host-a", alert, 7)


def escalated(alert: Alert) -> Card:
    return cards.escalation_card("host-a", alert, 900, "boss")


def lapsed(alert: Alert) -> Card:
    return cards.lapsed_card("host-a", alert, "ann")


def quiet(alert: Alert) -> Card:
    return cards.quiet_card("host-a", [alert], [])


def away(alert: Alert) -> Card:
    return away_card("host-a", ["it fires"], [alert])


def test_what_a_card_does_not_list_is_counted() -> None:
    many = [ended() for _ in range(MOST_LISTED + 5)]

    for card in (alert_card("host-a", news_of([], many)), alert_card("host-a", news_of([make_alert()], many))):
        assert card.sections[-1].title == "5 more"


def test_a_digest_tells_every_line() -> None:
    noted = [f"note {number}" for number in range(500)]

    card = digest_card("host-a", noted)

    assert card.title == "digest: 500 noted or fixed"
    assert list(card.sections[0].lines) == noted


def test_each_question_of_the_first_sweep_can_be_answered_and_each_alert_acknowledged() -> None:
    alerts = [make_alert() for _ in range(6)]
    acknowledged = make_alert(state=AlertState.ACKNOWLEDGED)
    decisions = [make_decision() for _ in range(6)]

    card = first_sweep_card("host-a", [*alerts, acknowledged], decisions)

    assert card.kind is CardKind.FIRST_SWEEP
    pairs = {(button.verb, button.subject) for button in card.buttons if button.verb != "details"}
    assert pairs == {
        *(("acknowledge", alert.id) for alert in alerts),
        *(("approve", answerable(decision)) for decision in decisions),
        *(("reject", decision.id) for decision in decisions),
    }
    assert card.buttons[3].label == "Approve 2"
    assert card.sections[8].title.startswith("2. ")
    assert set(card.commands) == {
        "cortexctl status",
        *(f"cortexctl alerts ack {alert.id}" for alert in alerts),
        *(f"cortexctl decisions {verb} {decision.id}" for decision in decisions for verb in ("approve", "reject")),
    }


def test_the_first_sweep_says_how_a_typed_question_is_approved() -> None:
    decision = make_decision(approval=Approval.TYPED, object="nginx.service")

    card = first_sweep_card("host-a", [], [decision])

    assert f"cortexctl decisions approve {decision.id} --confirm {decision.object}" in card.commands
    assert f"whoever approves types: {decision.object}" in card.sections[0].lines


def test_a_question_to_two_who_type_says_both() -> None:
    asked = make_decision(approval=Approval.TWO_TYPED, object="nginx.service")

    for decision, who in (
        (asked, "two persons have to approve"),
        (replace(asked, approvals=("ann",)), "approved by ann; another person has to approve, too"),
    ):
        card = decision_card(decision, make_case())
        assert {who, "whoever approves types: nginx.service"} <= set(card.sections[1].lines)
        assert f"cortexctl decisions approve {decision.id} --confirm nginx.service" in card.commands


def test_an_alert_without_source_and_object_is_named_by_what_there_is() -> None:
    card = first_sweep_card("host-a", [make_alert(labels={"alertname": "Watchdog"})], [])

    assert "Watchdog" in card.sections[0].lines


def test_more_questions_than_a_message_holds_are_counted_with_the_command_that_lists_them() -> None:
    card = first_sweep_card("host-a", [make_alert() for _ in range(50)], [make_decision() for _ in range(50)])

    assert card.sections[-1].title == "40 more decisions wait"
    assert card.commands[-1] == "cortexctl decisions list --state waiting"
    assert sum(units(command) + 1 for command in card.commands) <= MAX_COMMANDS_UNITS
    assert len(card.buttons) == 40


def test_what_was_told_late_has_the_severity_of_what_goes_on() -> None:
    assert away_card("host-a", ["one", "two"], []).severity == ""
    assert away_card("host-a", ["one"], [make_alert(severity=Severity.CRITICAL)]).severity == "critical"


def test_the_daemons_own_words_come_before_what_a_submitter_says() -> None:
    forged = "disk full.\nMay I run clean_files pattern='*.tmp'?" + "x" * 5000
    decision = make_decision(summary=forged)

    card = decision_card(decision, make_case())

    assert card.title == f"May I run {decision.call.key}?"
    assert [section.title for section in card.sections][:2] == ["what would change", "decision"]
    [said] = card.sections[2].lines
    assert "\n" not in said
    assert len(said) <= 300
    assert card.buttons[0].subject == f"{decision.id}.{decision.hash[:12]}"


def test_an_alert_names_its_object_and_source_and_the_worst_comes_first() -> None:
    old = make_alert(summary="backup too old", starts_at=NOW)
    worse = make_alert(make_case(object="/db2", severity=Severity.CRITICAL), summary="backup too old", starts_at=NOW)
    worse = replace(worse, labels={**worse.labels, "object": "/db2"})

    card = alert_card("host-a", news_of([old, worse], []))

    assert card.sections[0].lines[1] == "disks: disk /db2"
    assert card.sections[1].lines[1] == "disks: disk /srv"
    assert card.commands[0] == f"cortexctl alerts ack {worse.id}"


@pytest.mark.parametrize("card_of", [flapping, escalated, lapsed, quiet, away])
def test_what_is_told_out_of_turn_says_how_to_silence_or_re_tune_it(card_of: Callable[[Alert], Card]) -> None:
    alert = make_alert(annotations={"tune": "$EDITOR /etc/cortex/inspections/disks.md  # disk"})

    card = card_of(alert)

    assert f"cortexctl alerts silence {alert.id} --for 1h" in card.commands
    assert card_of is away or "$EDITOR /etc/cortex/inspections/disks.md  # disk" in card.sections[0].lines


def test_a_question_says_how_to_re_tune_what_asks_it() -> None:
    tuning = Catalogue({"disks": Entry(make_inspection(path="/etc/in spections/disks.md"), ())}).tuning(make_case())

    card = decision_card(make_decision(), make_case(), tuning)

    assert "$EDITOR '/etc/in spections/disks.md'  # disk" in card.sections[1].lines
    assert Catalogue().tuning(make_case()) == ""


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        (DecisionState.VERIFIED, "approved by telegram:7 Ann"),
        (DecisionState.FAILED, "approved by telegram:7 Ann"),
        (DecisionState.WITHDRAWN, "approved by telegram:7 Ann"),
        (DecisionState.REJECTED, "rejected by telegram:7 Ann"),
    ],
)
def test_an_outcome_names_who_answered_and_not_who_verified(state: DecisionState, answer: str) -> None:
    card = cards.outcome_card(make_decision(state=state, decided_by="telegram:7 Ann"), "")

    assert card.title.endswith(f" {state}")
    assert card.sections[0].lines == (answer,)

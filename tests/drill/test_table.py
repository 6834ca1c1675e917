from __future__ import annotations

from pathlib import Path

from probed.drill.campaign import Played
from probed.drill.fault import Fault
from probed.drill.outcome import Outcome, State, broken, impossible, outcome_json, outcome_of
from probed.drill.table import Row, bar, text
from probed.drill.truth import Truth

SEEN = Outcome(State.PLAYED, True, "disk", "L3", True, 1.5)
MISSED = Outcome(State.PLAYED, note="ok: all checks passed")


def row(outcome: Outcome, truth: Truth | None = None, name: str = "disk-full") -> Row:
    return Row(Played(Fault(name, Path(), truth or Truth(("disk",), "L3"), "", "", 2.0, {}), outcome))


def test_a_row_has_what_other_programs_read() -> None:
    data = row(SEEN).data()

    assert {name: data[name] for name in ("fault", "seen", "component", "level", "seconds", "false_alarms")} == {
        "fault": "disk-full",
        "seen": True,
        "component": "disk",
        "level": "L3",
        "seconds": 1.5,
        "false_alarms": 0,
    }


def test_the_bar_wants_nineteen_of_twenty_seen() -> None:
    assert bar([row(SEEN)] * 19 + [row(MISSED)]).holds
    assert not bar([row(SEEN)] * 18 + [row(MISSED)] * 2).holds


def test_the_bar_wants_seventeen_of_twenty_at_the_right_level() -> None:
    wrong = Outcome(State.PLAYED, True, "disk", "L2", False, 1.5)

    assert bar([row(SEEN)] * 17 + [row(wrong)] * 3).holds
    assert not bar([row(SEEN)] * 16 + [row(wrong)] * 4).holds


def test_one_alarm_on_a_control_breaks_the_bar() -> None:
    control = Truth((), "")
    alarmed = Outcome(State.PLAYED, alarms=("memory: full",))

    assert bar([row(SEEN), row(Outcome(State.PLAYED), control)]).holds
    assert not bar([row(SEEN), row(alarmed, control)]).holds


def test_what_could_not_be_drilled_is_not_seen() -> None:
    assert not bar([row(impossible("no mount"))]).holds
    assert not bar([row(broken("it broke off"), Truth((), ""))]).holds


def test_the_table_says_why_a_row_is_red() -> None:
    shown = text([row(SEEN), row(MISSED, name="dns-dead"), row(impossible("install openssl"), name="tls")], False)

    assert "disk-full  yes" in shown
    assert "dns-dead: ok: all checks passed" in shown
    assert "tls: install openssl" in shown
    assert "1 of 3 faults seen" in shown
    assert "the bar does not hold" in shown
    assert "\x1b[31mdns-dead" in text([row(SEEN), row(MISSED, name="dns-dead")], True)


def test_an_outcome_crosses_a_pipe_as_it_is() -> None:
    import json

    outcome = Outcome(State.PLAYED, True, "disk", "L3", True, 1.5, ("memory: full",), "note", ("line",))

    assert outcome_of(json.loads(outcome_json(outcome))) == outcome

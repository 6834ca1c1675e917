from __future__ import annotations

import pytest

from cortexctl.tui import event_words
from cortexctl.tui.outcomes import Outcomes
from tests.cortexctl.tui.samples import event


@pytest.mark.parametrize(
    ("type_", "data", "words", "tone"),
    [
        ("run.started", {"inspection": "disks", "trigger": "operator"}, "disks started (operator)", "muted"),
        ("run.ended", {"inspection": "disks", "state": "ok", "verdict": "ok"}, "disks: ok", "muted"),
        ("run.ended", {"inspection": "disks", "state": "ok", "verdict": "critical"}, "disks: critical", "critical"),
        (
            "run.ended",
            {"inspection": "disks", "state": "timeout", "reason": "no answer"},
            "disks: timeout, no answer",
            "unknown",
        ),
        (
            "alert.changed",
            {"state": "firing", "severity": "warning", "summary": "full"},
            "alert firing: full",
            "warning",
        ),
        ("alert.changed", {"state": "acknowledged", "by": "alice"}, "alert acknowledged by alice", ""),
        ("mode.changed", {"mode": "act"}, "mode act: s", ""),
        ("autonomy.changed", {"object_kind": "unit", "pin": "ask"}, "s on unit: pinned to ask", ""),
        ("autonomy.changed", {"object_kind": "unit", "pin": ""}, "s on unit: no longer pinned", ""),
        ("autonomy.changed", {"object_kind": "unit", "rung": "automatic"}, "s on unit: automatic", ""),
        ("silence.changed", {"state": "expired", "by": "ann"}, "silence expired by ann: s", ""),
        ("maintenance.changed", {"state": "active"}, "maintenance active: s", ""),
        ("question.asked", {"session": "s", "by": "ann"}, "question by ann", ""),
        ("question.ended", {"state": "answered", "cost_usd": 0.01}, "question answered", ""),
        ("change.confirmed", {"action": "stop_unit", "by": "ann"}, "confirmed by ann: stop_unit", ""),
        ("change.rolled_back", {"action": "stop_unit", "reason": "nobody"}, "rolls back stop_unit: nobody", ""),
        (
            "case.changed",
            {"stage": "asking", "severity": "critical", "summary": "full"},
            "case asking: full",
            "critical",
        ),
        (
            "decision.changed",
            {"state": "waiting", "action": "restart_unit"},
            "decision waiting: restart_unit",
            "warning",
        ),
        ("decision.changed", {"state": "withdrawn"}, "decision withdrawn", ""),
        (
            "change.recorded",
            {"action": "clean_files", "outcome": "not_verified", "detail": "still full"},
            "not verified: clean_files: still full",
            "critical",
        ),
        ("message.sent", {"recipient": "telegram", "attempts": 1}, "told by telegram", "muted"),
        (
            "message.sent",
            {"recipient": "mail", "title": "critical: full"},
            "told by mail: critical: full",
            "muted",
        ),
        (
            "incident.changed",
            {"state": "closed", "severity": "critical", "summary": "full"},
            "incident closed: full",
            "ok",
        ),
        ("message.resent", {"recipient": "mail", "by": "ann"}, "sent again to mail by ann", ""),
        ("channel.changed", {"state": "open", "why": "refused"}, "s does not answer: refused", ""),
        ("channel.changed", {"state": "closed"}, "s answers again", "ok"),
        (
            "channel.tested",
            {"delivered": False, "detail": "refused", "by": "ann"},
            "s tested by ann: did not take it: refused",
            "",
        ),
        ("daemon.notice", {"text": "reloaded"}, "reloaded", ""),
        ("something.new", {"a": "b c"}, "something.new s a='b c'", ""),
    ],
)
def test_an_event_is_said_as_people_say_it(type_: str, data: dict[str, object], words: str, tone: str) -> None:
    told = event(1, type_, "s", 0, **data)
    assert event_words.words(told) == words
    assert event_words.tone(told) == tone


def test_the_start_of_a_run_is_told_as_long_as_it_runs() -> None:
    started, other = event(1, "run.started", "r1", 9), event(2, "run.started", "r2", 8)
    ended = event(3, "run.ended", "r1", 7)
    assert event_words.told([ended, other, started]) == [ended, other]


def test_runs_that_end_alike_are_one_line() -> None:
    ends = [
        event(number, "run.ended", f"r{number}", -number, inspection=inspection, verdict=verdict)
        for number, inspection, verdict in [
            (9, "disks", "ok"),
            (8, "system", "ok"),
            (7, "disks", "ok"),
            (6, "disks", "warning"),
            (5, "system", "ok"),
            (4, "disks", "ok"),
        ]
    ]
    assert [told.id for told in event_words.told(ends)] == [9, 8, 6, 4]


def test_an_outcome_is_told_once_and_only_of_what_was_approved_here() -> None:
    outcomes = Outcomes()
    executing = event(1, "decision.changed", "d1", 5, state="executing", action="a")
    verified = event(2, "decision.changed", "d1", 4, state="verified", action="a")
    assert list(outcomes.told([verified])) == []
    outcomes.expect("d1")
    assert list(outcomes.told([executing])) == []
    assert list(outcomes.told([verified, executing])) == [("information", "decision verified: a")]
    assert list(outcomes.told([verified, executing])) == []

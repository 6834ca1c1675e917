from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.investigation import Evidence
from probed.core.probe_mark import Sameness, marks_of, rows_of, sameness, share_of


def table(*rows: tuple[object, ...], columns: tuple[str, ...] = ("unit", "result", "exit_code", "pid")) -> str:
    return json.dumps({"columns": columns, "rows": rows})


def asked(answer: str, probe: str = "unit_status", *, failed: bool = False, **arguments: object) -> Evidence:
    return Evidence("e1", probe, arguments, answer, "ab" * 32, failed)


DIED = asked(table(("nginx.service", "exit-code", 1, 4711), ("cron.service", "success", 0, 12)), name="nginx.service")


def test_what_a_probe_has_to_show_is_what_the_report_quotes_of_it_without_names_and_passing_numbers() -> None:
    [mark] = marks_of([DIED], "nginx.service", "nginx.service ended with exit-code 1")

    assert mark.arguments == {"name": "{object}"}
    assert mark.arguments_for("php.service") == {"name": "php.service"}
    assert mark.rows == (("exit_code=1", "result=exit-code", "unit={object}"),)
    assert mark.sha256 == DIED.sha256


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (table(("php.service", "exit-code", 1, 99)), Sameness.SAME),
        (table(("x.service", "success", 0, 1), ("php.service", "exit-code", 1, 99)), Sameness.SAME),
        (table(("php.service", "oom-kill", 137, 99)), Sameness.OTHER),
        (table(("php.service", "exit-code", 2, 99)), Sameness.UNCLEAR),
        (table(), Sameness.OTHER),
        ("it broke", Sameness.OTHER),
    ],
)
def test_another_object_shows_the_same_or_something_else_or_leaves_it_open(answer: str, expected: Sameness) -> None:
    marks = marks_of([DIED], "nginx.service", "nginx.service ended with exit-code")

    assert sameness(marks, [asked(answer)], "php.service") is expected


def test_a_probe_that_gives_no_answer_says_nothing_and_one_that_speaks_against_it_decides() -> None:
    marks = marks_of(
        [DIED, asked(table(("/", 100), columns=("mount", "used")), "disk_usage")], "nginx.service", "at 100"
    )

    assert len(marks) == 2
    same, other = asked(DIED.answer), asked(table(("/", 3), columns=("mount", "used")), "disk_usage")
    full = asked(table(("/", 99), columns=("mount", "used")), "disk_usage")
    assert sameness(marks, [same, full], "nginx.service") is Sameness.SAME
    assert sameness(marks, [same, asked("away", failed=True)], "nginx.service") is Sameness.UNCLEAR
    assert sameness(marks, [same, other], "nginx.service") is Sameness.UNCLEAR
    assert sameness(marks, [asked(table(("nginx.service", "success", 0, 1))), full], "nginx.service") is Sameness.OTHER
    assert sameness((), (), "nginx.service") is Sameness.UNCLEAR


def test_nothing_is_an_answer_too() -> None:
    [mark] = marks_of([asked(table())], "/srv", "")

    assert share_of(mark, table(), "/srv") == 1
    assert share_of(mark, table(("a", "b", 1, 2)), "/srv") == 0


def test_lines_are_told_by_their_words_and_equal_questions_count_once() -> None:
    once = asked("12:01 worker 7 died\nsomething else", "log_file", path="/srv/app.log")
    again = asked("12:02 worker 9 died", "log_file", path="/srv/app.log")

    [mark] = marks_of([once, again, asked("no", failed=True)], "app", "12:02 worker 9 died")

    assert mark.rows == (("line=#:# worker # died",),)


@given(st.text(max_size=200), st.text(max_size=30), st.text(max_size=60))
def test_any_answer_at_all_is_the_same_as_itself(answer: str, object_: str, told: str) -> None:
    evidence = asked(answer)
    marks = marks_of([evidence], object_, told)

    assert sameness(marks, [evidence], object_) is Sameness.SAME
    assert rows_of(answer) == rows_of(answer)


def test_the_name_within_an_object_is_what_follows_it_and_short_ones_stay_within_words() -> None:
    in_a_folder = asked(table(("/srv/queue", 9), columns=("name", "mib")), "disk_usage", path="/srv/queue/new")
    of_the_root = asked(table(("/", 9), columns=("mount", "gib")), "disk_usage", path="/", other="/var")

    [mark] = marks_of([in_a_folder], "/srv/queue size", "")
    [root] = marks_of([of_the_root], "/", "")

    assert mark.arguments == {"path": "{object}/new"}
    assert mark.arguments_for("/var/mail size") == {"path": "/var/mail/new"}
    assert root.arguments == {"path": "{object}", "other": "/var"}


def test_what_was_only_asked_of_that_one_object_says_nothing_of_another() -> None:
    [literal] = marks_of([asked(table(("x", 9), columns=("name", "mib")), "disk_usage", path="/srv")], "queue", "")

    assert literal.is_about("queue", "queue")
    assert not literal.is_about("mail-queue", "queue")


def test_a_question_that_paged_on_is_not_asked_again() -> None:
    assert marks_of([asked(table(), cursor="after-e1")], "nginx.service", "") == ()


def test_an_answer_that_shows_nothing_of_what_was_reported_is_no_mark_where_another_does() -> None:
    beside = asked(table(("cron.service", "success", 0, 7)), "processes", limit=5)

    assert [mark.probe for mark in marks_of([DIED, beside], "nginx.service", "exit-code")] == ["unit_status"]
    assert [mark.probe for mark in marks_of([beside], "nginx.service", "exit-code")] == ["processes"]

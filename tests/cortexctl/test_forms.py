"""The forms of data: which commands have them, what they hold, what they cannot do to a terminal or a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import pytest

from cortexctl.anywhere import command_of, leaves
from cortexctl.cli import SECTIONS
from cortexctl.exits import Exit
from cortexctl.form import SCHEMA
from probed.wire import paths
from probed.wire.page import PageOf
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl, Result
from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.test_golden import READING, assert_golden

WITHOUT_DATA = {
    "actions show", "changes export", "checks show", "completion", "config check", "debug bundle", "inspections diff",
    "inspections validate", "metrics", "validate",  # words, or a document in a form of its own
    "init", "mcp", "mock-model", "top", "web",  # they ask, serve, or are looked at
}  # fmt: skip
ACTS = {"new", "pause", "relearn", "restore", "resume", "rollback"}
"""Verbs that may say in words alone what they did."""


def every_command() -> Iterator[tuple[str, Any]]:
    for entries in SECTIONS.values():
        for name, entry in entries.items():
            made = command_of(entry.module)
            for command in leaves(made):
                yield name if command is made else f"{name} {command.name}", command


def options_of(command: Any) -> set[str]:
    return {name for option in command.params for name in option.opts}


def has_forms(command: Any) -> bool:
    """Also by the one `JsonFlag`, which knows of `--output`: an option `--json` of a command's own would not."""
    flags = [option for option in command.params if "--json" in option.opts]
    return {"--output", "-o"} <= options_of(command) and all(option.callback for option in flags)


def test_every_reading_command_has_all_forms_and_one_that_has_none_is_named_here() -> None:
    having = {words: has_forms(command) for words, command in every_command()}

    lacking = {words for words, has in having.items() if not has and words.split()[-1] not in ACTS}
    assert lacking <= WITHOUT_DATA, "give it `as_json: JsonFlag = False`, or name it in WITHOUT_DATA"


def test_every_command_knows_what_may_stand_anywhere() -> None:
    lacking = [
        words
        for words, command in every_command()
        if not {"--no-color", "--quiet", "-q", "--utc"} <= options_of(command)
    ]

    assert lacking == []


@pytest.mark.parametrize("name", READING)
def test_json_says_its_schema_first(host: StubDaemon, ctl: Ctl, name: str) -> None:
    out = ctl(*READING[name], "--output", "json").out

    assert out == ctl(*READING[name], "--json").out
    assert out.startswith(f'{{\n  "schema": {SCHEMA},\n')


@pytest.mark.parametrize("name", READING)
def test_json_lines_hold_an_item_each_with_its_schema(host: StubDaemon, ctl: Ctl, name: str) -> None:
    lines = ctl(*READING[name], "-o", "jsonl").out.splitlines()

    whole = json.loads(ctl(*READING[name], "--json").out)
    listed = next(
        (whole[rows] for rows in ("items", "routes", "standings") if isinstance(whole.get(rows), list)), [whole]
    )
    assert [json.loads(line) for line in lines] == [{"schema": SCHEMA, **item} for item in listed]


@pytest.mark.parametrize("name", READING)
def test_csv_has_the_names_of_the_wire_and_a_row_for_each_item(host: StubDaemon, ctl: Ctl, name: str) -> None:
    out = ctl(*READING[name], "-o", "csv").out

    items = [json.loads(line) for line in ctl(*READING[name], "-o", "jsonl").out.splitlines()]
    rows = [*csv.DictReader(io.StringIO(out, newline=""), strict=True)]
    assert [[*row] for row in rows] == [[key for key in item if key != "schema"] for item in items]
    assert written_anew(out) == out


def written_anew(text: str) -> str:
    again = io.StringIO(newline="")
    csv.writer(again).writerows(csv.reader(io.StringIO(text, newline=""), strict=True))
    return again.getvalue()


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_other_forms_are_as_recorded(host: StubDaemon, ctl: Ctl, form: str) -> None:
    assert_golden(f"alerts.{form}", ctl("alerts", "--output", form).out)


def test_a_list_that_goes_on_says_so_where_its_form_cannot(host: StubDaemon, ctl: Ctl) -> None:
    assert "more: --before" in ctl("alerts", "-o", "csv").err
    assert "more: --before" not in ctl("alerts", "-o", "json").err


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a\x1b[31mb\x9b\u202e", "a\\x1b[31mb\\x9b\\u202e"),
        ("\rrm", "\\x0drm"),
        ("two\nlines", "two\nlines"),
        ('say "x", y', 'say "x", y'),
        ("=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("-1+1", "'-1+1"),
    ],
)
def test_no_text_of_the_host_steers_a_terminal_or_a_spreadsheet(
    host: StubDaemon, ctl: Ctl, text: str, cell: str
) -> None:
    host.answer(f"GET {paths.ALERTS}", PageOf([replace(samples.ALERT, summary=text)]))

    out = ctl("alerts", "-o", "csv").out

    [row] = csv.DictReader(io.StringIO(out, newline=""), strict=True)
    assert row["summary"] == cell


def test_what_is_nested_is_json_and_nothing_is_empty(host: StubDaemon, ctl: Ctl) -> None:
    [row, *_] = csv.DictReader(io.StringIO(ctl("alerts", "-o", "csv").out, newline=""))

    assert json.loads(row["labels"]) == samples.ALERT.labels
    assert row["ends_at"] == (samples.ALERT.ends_at or "")


@pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
def test_an_empty_list_has_no_row(daemon: StubDaemon, ctl: Ctl, form: str) -> None:
    daemon.answer(f"GET {paths.ALERTS}", PageOf([]))

    out = ctl("alerts", "-o", form).out

    assert out == "" if form != "json" else json.loads(out) == {"schema": SCHEMA, "items": [], "next": None}


def test_acting_gives_its_answer_in_any_form(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"POST {paths.ALERTS}/a1/ack", samples.ACKNOWLEDGED)

    out = ctl("alerts", "ack", "a1", "-o", "jsonl").out

    assert json.loads(out) == {"schema": SCHEMA, **asdict(samples.ACKNOWLEDGED)}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["alerts", "-o", "yaml"], "'yaml' is none of table, json, jsonl, csv"),
        (["alerts", "--json", "-o", "csv"], "--json and --output csv exclude each other"),
    ],
)
def test_a_form_that_cannot_be_is_a_mistake_on_the_command_line(ctl: Ctl, words: list[str], said: str) -> None:
    result = ctl(*words)

    assert result.exit == Exit.USAGE
    assert said in " ".join(result.err.split())


def test_the_table_can_be_asked_for(host: StubDaemon, ctl: Ctl) -> None:
    assert ctl("alerts", "--output", "table").out == ctl("alerts").out


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_what_a_child_prints_line_by_line_takes_the_form_that_is_wanted(
    ctl: Ctl, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    child = """import json; print(json.dumps({"message": "\\x1b[2J"})); print("no JSON"); print('{"message": "b"}')"""
    monkeypatch.setattr("cortexctl.child.probed", lambda *_: [sys.executable, "-c", child])

    result = ctl("logs", "--output", form)

    said = {"jsonl": ['{"schema": 1, "message": "\\u001b[2J"}', "no JSON", '{"schema": 1, "message": "b"}'],
            "csv": ["message", "\\x1b[2J", "no JSON", "b"]}  # fmt: skip
    assert (result.exit, result.out.split()) == (Exit.OK, " ".join(said[form]).split())


# --- quiet ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noun", ["alerts", "cases", "decisions", "runs", "reports", "changes", "messages", "memories"])
@pytest.mark.parametrize("place", ["before", "behind"])
def test_quiet_lists_are_ids_and_nothing_else(host: StubDaemon, ctl: Ctl, noun: str, place: str) -> None:
    result = ctl("-q", noun) if place == "before" else ctl(noun, "list", "--quiet")

    ids = [item["id"] for item in json.loads(ctl(noun, "--json").out)["items"]]
    assert (result.out.splitlines(), result.err) == (ids, "")


@pytest.mark.parametrize(("noun", "name"), [("inspections", "id"), ("schedule", "inspection"), ("channels", "name")])
def test_what_has_no_id_is_named_as_one_types_it(host: StubDaemon, ctl: Ctl, noun: str, name: str) -> None:
    names = [item[name] for item in json.loads(ctl(noun, "--json").out)["items"]]

    assert ctl(noun, "--quiet").out.splitlines() == names


def test_a_list_without_ids_gives_what_is_typed(host: StubDaemon, ctl: Ctl) -> None:
    assert ctl("autonomy", "-q").out == f"{samples.STANDING.action} {samples.STANDING.object_kind}\n"


def test_quiet_acts_without_a_word_and_still_tells_errors(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"POST {paths.ALERTS}/a1/ack", samples.ACKNOWLEDGED)

    assert ctl("alerts", "ack", "a1", "--quiet") == Result(Exit.OK, "", "")
    assert "there is no such thing" in ctl("alerts", "ack", "a2", "--quiet").err


# --- moments ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["--utc", "alerts"], ["alerts", "list", "--utc"]])
def test_moments_are_told_in_utc_where_they_are_wanted(host: StubDaemon, ctl: Ctl, words: list[str]) -> None:
    since = samples.ALERT.starts_at.removesuffix("Z").replace("T", " ")

    assert f"{since}Z" in ctl(*words).out
    assert " ago" not in ctl(*words).out
    assert " ago" in ctl("alerts").out


def test_the_status_tells_since_when(host: StubDaemon, ctl: Ctl) -> None:
    assert "since 2026-" in ctl("status", "--utc").out

from __future__ import annotations

from dataclasses import replace

import pytest
import typer

from cortexctl.change_document import document_lines
from cortexctl.exits import Exit
from cortexctl.spans import seconds, span_text
from probed.wire import paths
from probed.wire.page import PageOf
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

ONE = f"{paths.CHANGES}/{samples.CHANGE.id}"


@pytest.mark.parametrize(("verb", "words"), [("confirm", "confirmed: "), ("rollback", "is being rolled back: ")])
def test_a_change_is_confirmed_and_rolled_back(host: StubDaemon, ctl: Ctl, verb: str, words: str) -> None:
    host.answer(f"POST {ONE}/{verb}", samples.CHANGE)

    result = ctl("changes", verb, samples.CHANGE.id)

    assert (result.exit, result.out) == (Exit.OK, "")
    assert result.err.startswith(words)


def test_what_waits_for_a_confirmation_says_so(host: StubDaemon, ctl: Ctl) -> None:
    host.answer(f"GET {ONE}", replace(samples.CHANGE, reversible=True, revert_at="2026-03-01T10:05:00Z"))

    assert "rolled back   in 5 min, unless you confirm it" in ctl("changes", "show", samples.CHANGE.id).out


def test_an_export_holds_the_changes_of_its_span_the_oldest_first(host: StubDaemon, ctl: Ctl) -> None:
    old = replace(samples.CHANGE, id="old", started_at="2026-02-01T08:00:00Z")
    newer = replace(samples.CHANGE, id="newer", started_at="2026-03-01T09:00:00Z")
    host.answer(f"GET {paths.CHANGES}", PageOf([newer, samples.CHANGE, old]))

    lines = ctl("changes", "export", "--markdown", "--since", "7d").out.splitlines()

    ids = [line for line in lines if line.startswith("- Change:")]
    assert ids == [f"- Change: `{samples.CHANGE.id}`", "- Change: `newer`"]
    assert "## 2026-03-01T08:00:00Z P3: clean\\_files root='/var/cache'" in lines


def test_nothing_from_the_host_becomes_markup() -> None:
    evil = replace(
        samples.CHANGE,
        detail="[click](http://x) <script> **bold**\n# heading",
        dry_run="```\n# heading",
        before={"text": "\n# heading"},
    )

    lines = list(document_lines([evil]))

    assert [line for line in lines if line.startswith("#")][1:] == [lines[4]]
    assert not any("[click]" in line or "<script>" in line or "**bold" in line for line in lines)
    assert not any(line.startswith("```") for line in lines)


@pytest.mark.parametrize("words", [["--markdown", "--since", "yesterday"], []])
def test_an_export_that_is_not_understood_asks_nothing(host: StubDaemon, ctl: Ctl, words: list[str]) -> None:
    result = ctl("changes", "export", *words)

    assert (result.exit, result.out) == (Exit.USAGE, "")
    assert host.requests == []


@pytest.mark.parametrize(
    ("text", "span_s"), [("90s", 90), ("15m", 900), ("1h30m", 5400), ("7d", 604800), ("0.5h", 1800), ("1y", 31536000)]
)
def test_spans_of_time(text: str, span_s: float) -> None:
    assert seconds(text) == span_s


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "5q", "1h" * 33])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="write it like"):
        seconds(text)


@pytest.mark.parametrize(
    ("span_s", "text"),
    [(0.0, "0s"), (0.5, "500ms"), (90.0, "1m30s"), (300.0, "5m"), (14400.0, "4h"), (90061.0, "1d1h1m1s")],
)
def test_a_span_is_said_as_people_type_it(span_s: float, text: str) -> None:
    assert span_text(span_s) == text


def test_an_approval_may_arm_the_roll_back(host: StubDaemon, ctl: Ctl) -> None:
    path = f"{paths.DECISIONS}/{samples.DECISION.id}/approve"
    host.answer(f"POST {path}", samples.APPROVED)

    assert ctl("decisions", "approve", samples.DECISION.id, "--revert-after", "15m").exit == Exit.OK
    assert ctl("decisions", "approve", samples.DECISION.id, "--revert-after", "soon").exit == Exit.USAGE

    assert host.bodies(path) == [{"hash": samples.DECISION.hash, "revert_after_s": 900.0}]


def test_what_was_withdrawn_before_anybody_was_asked_cannot_be_approved(host: StubDaemon, ctl: Ctl) -> None:
    withdrawn = replace(samples.DECISION, state="withdrawn", hash="", note="is asked already, in decision 01a")
    host.answer(f"GET {paths.DECISIONS}/{withdrawn.id}", withdrawn)

    refused = ctl("decisions", "approve", withdrawn.id)

    assert refused.exit == Exit.REFUSED
    assert "is withdrawn: is asked already, in decision 01a" in refused.err
    assert host.bodies(f"{paths.DECISIONS}/{withdrawn.id}/approve") == []

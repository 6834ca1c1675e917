from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cortexctl.exits import Exit
from probed.wire import paths
from probed.wire.page import PageOf
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

ONE = f"{paths.MEMORIES}/{samples.MEMORY.id}"


def test_a_case_is_remembered_in_a_person_s_words(host: StubDaemon, ctl: Ctl) -> None:
    host.answer(f"POST {paths.MEMORIES}", samples.MEMORY)

    result = ctl("memories", "add", "01kjn", "the backup fills it", "--helped", "moved it")

    assert result.exit == Exit.OK
    assert json.loads(host.requests[-1].body) == {
        "case": "01kjn",
        "cause": "the backup fills it",
        "advice": "moved it",
    }
    assert f"cortexctl memories show {samples.MEMORY.id}" in result.err


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["--cause", "a full disk"], {"cause": "a full disk", "advice": None, "without_action": False}),
        (["--helped", "a new one"], {"cause": None, "advice": "a new one", "without_action": False}),
        (["--without-action"], {"cause": None, "advice": None, "without_action": True}),
    ],
)
def test_a_memory_is_corrected_in_what_is_named(
    host: StubDaemon, ctl: Ctl, words: list[str], body: dict[str, object]
) -> None:
    host.answer(f"POST {ONE}/correct", samples.MEMORY)

    assert ctl("memories", "correct", samples.MEMORY.id, *words).exit == Exit.OK
    assert json.loads(host.requests[-1].body) == body


def test_a_correction_of_nothing_asks_nothing(host: StubDaemon, ctl: Ctl) -> None:
    result = ctl("memories", "correct", samples.MEMORY.id)

    assert result.exit == Exit.USAGE
    assert "--cause TEXT" in result.err
    assert host.requests == []


def test_a_deleted_memory_is_named_and_given_as_data(host: StubDaemon, ctl: Ctl) -> None:
    host.answer(f"POST {ONE}/delete", samples.MEMORY)

    assert ctl("memories", "delete", samples.MEMORY.id).err == "forgotten: its port is taken by apache2\n"
    assert json.loads(ctl("memories", "delete", samples.MEMORY.id, "--json").out)["id"] == samples.MEMORY.id


def test_without_memories_it_says_so(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"GET {paths.MEMORIES}", PageOf([]))

    result = ctl("memories", "list", "--check", "disk")

    assert (result.out, result.err) == ("", "no case was solved yet\n")
    assert daemon.requests[-1].query == "check=disk&limit=50"


def test_what_was_recognised_of_a_case_is_read_line_by_line(host: StubDaemon, ctl: Ctl) -> None:
    known = {"memory": "01kjm", "cause": "its port is taken\nid  forged", "seen": 3}
    case = replace(samples.CASE, evidence={"active_state": "failed", "recognised": known})
    host.answer(f"GET {paths.CASES}/{samples.CASE.id}", case)

    shown = ctl("cases", "show", samples.CASE.id).out

    assert "recognised:\n" in shown
    assert "  cause: its port is taken" in shown
    assert "  seen: 3" in shown
    assert "\nid  forged" not in shown

"""`@1`: the first of the list that a person was shown last."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from cortexctl import shown
from cortexctl.exits import Exit
from manual.commands import commands
from probed.wire import paths
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.terminal import environment, in_terminal

FIRST, SECOND, _ = (alert.id for alert in samples.ALERTS.items)


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody looks on; the folder in which lists are remembered."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(shown, "is_watched", lambda: True)
    return tmp_path / "state" / "cortex"


def asked(host: StubDaemon, ctl: Ctl, *words: str) -> str:
    ctl(*words)
    return host.requests[-1].path


def test_it_is_the_row_of_the_list_that_was_shown_last(host: StubDaemon, ctl: Ctl, watched: Path) -> None:
    ctl("alerts")
    host.answer(f"GET {paths.ALERTS}", {"items": [], "next": None})

    assert asked(host, ctl, "alerts", "ack", "@1") == f"{paths.ALERTS}/{FIRST}/ack"
    assert asked(host, ctl, "alerts", "ack", "@2") == f"{paths.ALERTS}/{SECOND}/ack"


@pytest.mark.parametrize("words", [["alerts", "--json"], ["runs"]])
def test_what_a_program_reads_and_the_list_of_another_noun_change_nothing(
    host: StubDaemon, ctl: Ctl, watched: Path, words: list[str]
) -> None:
    shown.remember("alerts", ["seen-before"])

    ctl(*words)

    assert shown.recalled("alerts") == ["seen-before"]


def test_after_an_hour_it_is_the_newest_of_the_list_as_it_is(host: StubDaemon, ctl: Ctl, watched: Path) -> None:
    shown.remember("alerts", ["seen-before"])
    os.utime(watched / "shown-alerts.json", (0, 0))

    assert asked(host, ctl, "alerts", "resolve", "@1") == f"{paths.ALERTS}/{FIRST}/resolve"


def test_where_nobody_looks_on_it_is_the_newest_of_the_list_as_it_is(
    host: StubDaemon, ctl: Ctl, watched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown.remember("alerts", ["seen-before"])
    monkeypatch.setattr(shown, "is_watched", lambda: False)
    ctl("alerts")

    assert asked(host, ctl, "alerts", "resolve", "@1") == f"{paths.ALERTS}/{FIRST}/resolve"
    assert (watched / "shown-alerts.json").read_text() == '["seen-before"]'


def test_a_row_that_the_list_does_not_have_is_a_mistake(host: StubDaemon, ctl: Ctl, watched: Path) -> None:
    result = ctl("alerts", "show", "@4")

    assert (result.exit, result.err) == (Exit.USAGE, "cortexctl: @4: the list has 3\n  try: cortexctl alerts list\n")


@pytest.mark.parametrize("kept", ["{", '{"a": 1}', "7"])
def test_a_file_that_holds_something_else_counts_as_none(host: StubDaemon, ctl: Ctl, watched: Path, kept: str) -> None:
    watched.mkdir(parents=True)
    (watched / "shown-alerts.json").write_text(kept)

    assert asked(host, ctl, "alerts", "show", "@3").startswith(paths.ALERTS)


def test_a_home_that_cannot_be_written_costs_only_the_memory(
    host: StubDaemon, ctl: Ctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "is_watched", lambda: True)
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")

    assert ctl("alerts").exit == Exit.OK


def test_in_a_terminal_one_command_goes_on_from_the_list_of_another(host: StubDaemon, tmp_path: Path) -> None:
    env = environment(XDG_STATE_HOME=str(tmp_path))
    in_terminal("--socket", str(host.path), "alerts", env=env)
    host.answer(f"GET {paths.ALERTS}", {"items": [], "next": None})

    exit_, seen = in_terminal("--socket", str(host.path), "alerts", "show", "@1", env=env)

    assert (exit_, FIRST in seen) == (Exit.OK, True)


def test_every_id_of_a_list_can_be_said_so() -> None:
    ids = [(each.words, given.text) for each in commands() for given in each.arguments if given.written == "ID"]

    assert len(ids) > 30
    assert [words for words, text in ids if not re.search(r"@1, @2 … of `\w+ list`", text)] == [
        "cortexctl inspections new"
    ]

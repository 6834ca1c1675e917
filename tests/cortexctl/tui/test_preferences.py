"""A person's keys and colours, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from cortexctl.client import Client
from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.tui import preferences
from cortexctl.tui.app import Dashboard
from cortexctl.tui.preferences import Preferences, config_file, read, theme_file


def write(text: str) -> Path:
    config_file().parent.mkdir(parents=True)
    config_file().write_text(text)
    return config_file()


def test_without_a_file_there_are_none() -> None:
    assert read() == Preferences()


def test_keys_theme_and_plain_are_read() -> None:
    write("theme: cortex-light\nplain: true\nkeys:\n  alert.acknowledge: f2\n  go.alerts: A,f3\n")
    assert read() == Preferences("cortex-light", True, {"alert.acknowledge": "f2", "go.alerts": "A,f3"}, True)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("colour: red", 1, "colour: there is no such setting; there are: theme, plain, keys"),
        ("plain: true\ntheme: pink", 2, "theme: there is no 'pink'; there are: cortex-dark, cortex-light, "),
        ("plain: perhaps", 1, "plain: 'perhaps' is neither true nor false"),
        ("keys:\n  alert.ack: f2", 2, "keys: alert.ack: there is no such id; there are: alert.acknowledge, "),
        ("keys:\n  app.quit: bogus", 2, "keys: app.quit: 'bogus' is no key; write it like a, A, f2, ctrl+k"),
        ("keys:\n  app.quit: a", 2, "keys: app.quit: the key 'a' is that of decision.approve, too"),
        ("keys:\n  alert.silence: f2\n  alert.resolve: f2", 2, "the key 'f2' is that of alert.resolve, too"),
        ("keys: f2", 1, "keys has to be names with values"),
        ("- a", 1, "the file has to be names with values"),
        ("keys: [", 1, "expected"),
    ],
)
def test_a_wrong_entry_names_the_file_the_line_and_what_there_is(text: str, line: int, words: str) -> None:
    file = write(text)
    with pytest.raises(Failure) as caught:
        read()
    assert f"{file}:{line}: " in caught.value.message
    assert words in caught.value.message
    assert caught.value.exit is Exit.USAGE


def test_two_keys_may_change_places() -> None:
    write("keys:\n  alert.silence: d\n  alert.resolve: s\n")
    assert read().keys == {"alert.silence": "d", "alert.resolve": "s"}


async def test_a_chosen_theme_is_kept(tmp_path: Path) -> None:
    async with Dashboard(Client(str(tmp_path / "no.sock")), read()).run_test() as pilot:
        pilot.app.theme = "cortex-contrast"
        await pilot.pause()
    assert theme_file().read_text() == "cortex-contrast\n"
    assert read().theme == "cortex-contrast"


async def test_starting_keeps_no_theme(tmp_path: Path) -> None:
    async with Dashboard(Client(str(tmp_path / "no.sock")), read()).run_test() as pilot:
        await pilot.pause()
    assert not theme_file().exists()


def test_a_kept_theme_that_is_none_is_not_followed() -> None:
    theme_file().parent.mkdir(parents=True)
    theme_file().write_text("pink\n")
    assert read() == Preferences()


def test_where_nothing_can_be_kept_nothing_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    preferences.keep_theme("cortex-light")

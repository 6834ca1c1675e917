"""New lines of a journal that systemd's own program wrote."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from probed.core.observation import Memory
from probed.host import journal_lines
from probed.host.journal_lines import Selection
from probed.host.log_lines import Batch
from tests.real.journal import Journal

PLENTY = 10_000_000


class Follower:
    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.known: Memory = {}

    def look(self, max_bytes: int = PLENTY) -> Batch:
        batch = journal_lines.read_new(self.selection, self.known, time.time(), max_bytes)
        self.known = batch.position
        return batch

    def texts(self) -> list[str]:
        return [line.text for line in self.look().lines]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(tmp_path / "journal")
    made.write("what was there before")
    return made


@pytest.fixture
def follow(journal: Journal) -> Callable[..., Follower]:
    def begin(**selection: object) -> Follower:
        follower = Follower(replace(Selection(directory=str(journal.folder)), **selection))  # type: ignore[arg-type]
        assert follower.texts() == []
        return follower

    return begin


def test_each_line_is_read_once_with_who_wrote_it(journal: Journal, follow: Callable[..., Follower]) -> None:
    follower = follow()
    journal.write("one", PRIORITY=3, _SYSTEMD_UNIT="app.service")
    journal.write("two")

    first, second = follower.look().lines

    assert (first.text, first.source, first.program, first.priority, first.pid) == ("one", "app.service", "app", 3, 77)
    assert second.source == "app"
    assert first.at == pytest.approx(time.time(), abs=60)
    assert follower.texts() == []
    journal.write("three")
    assert follower.texts() == ["three"]


@pytest.mark.parametrize(
    "selection",
    [{"priority": 3}, {"identifiers": ("wanted", "other")}, {"units": ("wanted.service",)}, {"users": (1000,)}],
)
def test_only_what_is_selected_is_read(
    journal: Journal, follow: Callable[..., Follower], selection: dict[str, object]
) -> None:
    follower = follow(**selection)

    journal.write("wanted", PRIORITY=2, SYSLOG_IDENTIFIER="wanted", _SYSTEMD_UNIT="wanted.service", _UID=1000)
    journal.write("not wanted")

    assert follower.texts() == ["wanted"]
    assert follower.texts() == []


def test_more_lines_than_fit_a_page_are_all_read(
    journal: Journal, follow: Callable[..., Follower], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_lines, "PAGE_LINES", 10)
    follower = follow()
    journal.write_all(f"line {number}" for number in range(45))

    assert follower.texts() == [f"line {number}" for number in range(45)]


def test_of_a_flood_the_rest_is_left_out_and_that_is_said(
    journal: Journal, follow: Callable[..., Follower], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_lines, "PAGE_LINES", 10)
    follower = follow()
    journal.write_all(f"line {number}" for number in range(100))

    batch = follower.look(max_bytes=5000)

    assert 10 <= len(batch.lines) <= 20
    assert "what was written from" in batch.left_out[0].what
    journal.write("after the flood")
    assert follower.texts() == ["after the flood"]


@pytest.mark.parametrize("cursor", ["", "not a cursor"])
def test_without_a_usable_cursor_it_goes_by_the_time_of_the_last_look(
    journal: Journal, follow: Callable[..., Follower], cursor: str
) -> None:
    follower = follow()
    follower.known = {"cursor": cursor, "at": time.time()}
    time.sleep(0.002)
    journal.write("one", "two")

    assert follower.texts() == ["one", "two"]
    assert follower.texts() == []


def test_where_there_was_no_line_yet_the_time_stands_still_unless_the_clock_is_set_back(tmp_path: Path) -> None:
    empty = Journal(tmp_path / "empty")
    empty.write("of somebody else")
    selection = Selection(identifiers=("app2",), directory=str(empty.folder))
    known: Memory = {"cursor": "", "at": 2000.0}

    assert journal_lines.read_new(selection, known, 3000.0, PLENTY).position == known
    assert journal_lines.read_new(selection, known, 1000.0, PLENTY).position == {"cursor": "", "at": 1000.0}

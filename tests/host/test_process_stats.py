"""That nobody who can belong to a run is left out of those who are looked at."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from probed.host import process_stats
from probed.host.process_stats import stats_since

Start = Callable[[], int]


@pytest.fixture
def start() -> Iterator[Start]:
    begun: list[subprocess.Popen[bytes]] = []

    def one() -> int:
        begun.append(subprocess.Popen(["sleep", "60"]))
        return begun[-1].pid

    yield one
    for process in begun:
        process.kill()
        process.wait()


@pytest.fixture
def last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[object], object]:
    """The kernel's word for the newest number."""
    file = tmp_path / "ns_last_pid"
    monkeypatch.setattr(process_stats, "LAST_PID", str(file))
    return lambda number: file.write_text(f"{number}\n")


def seen(pid: int) -> set[int]:
    return {each.pid for each in stats_since(pid)}


def test_a_process_and_what_was_started_after_it_are_seen(start: Start) -> None:
    first, second = start(), start()

    assert {first, second} <= seen(first)


def test_without_any_later_one_only_the_process_is_read(start: Start, last: Callable[[object], object]) -> None:
    first = start()
    last(first)

    assert seen(first) == {first}


@pytest.mark.parametrize("newest", [1, 10**9, "nonsense", ""])
def test_everybody_is_seen_where_numbers_began_anew_are_many_or_not_told(
    start: Start, last: Callable[[object], object], newest: object
) -> None:
    last(newest)

    assert os.getpid() in seen(start())


def test_everybody_is_seen_beside_a_process_that_has_been_there_for_long(
    start: Start, last: Callable[[object], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start()
    last(first)
    monkeypatch.setattr(process_stats, "FRESH_S", 0.0)

    assert os.getpid() in seen(first)


@pytest.mark.parametrize("pid", [0, -1])
def test_everybody_is_seen_where_no_process_is_named(pid: int) -> None:
    assert os.getpid() in seen(pid)

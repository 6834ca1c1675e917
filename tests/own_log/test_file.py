from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest

from probed.daemon.log_file import LOG_FILE, LogFile, older
from probed.own_log import file
from probed.own_log.entry import Line


def written(text: str, run: str | None = None) -> str:
    entry = {"at": "2026-01-31T10:20:30.123+00:00", "level": "info", "run": run, "where": "probed.app", "message": text}
    return json.dumps(entry) + "\n"


def at_once(path: Path) -> list[str]:
    return [line.text for line in file.read(path, lambda: True) if line]


def test_a_line_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / LOG_FILE
    LogFile(path).write(written("ready", run="01run"))

    [line] = file.read(path, lambda: True)

    at = datetime(2026, 1, 31, 10, 20, 30, 123_000, tzinfo=UTC)
    assert line == Line(at, "info", "01run", "ready", "probed.app")


def test_the_older_file_comes_first_and_what_is_no_line_of_ours_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / LOG_FILE
    older(path).write_text(written("old"))
    path.write_text(f'{written("new")}garbage\n[1]\n{{"at": 1}}\n3 log lines were lost\n{written("newest")}{{"at": "20')

    assert at_once(path) == ["old", "new", "newest"]


def test_nothing_is_there_before_a_daemon_has_written(tmp_path: Path) -> None:
    assert at_once(tmp_path / LOG_FILE) == []


def test_what_comes_is_read_over_a_change_of_files_and_what_came_last_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "PAUSE_S", 0.0)
    path, over = tmp_path / LOG_FILE, False
    log = LogFile(path, most_bytes=300)
    seen: list[str] = []
    reading = file.read(path, lambda: over)

    for number in range(9):  # two fit
        log.write(written(f"line {number}"))
        while line := next(reading):
            seen.append(line.text)
    log.write(written("the last"))
    over = True
    seen += [line.text for line in reading if line]

    assert seen == [*(f"line {number}" for number in range(9)), "the last"]


def test_a_line_that_is_being_written_is_read_once_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "PAUSE_S", 0.0)
    path, line = tmp_path / LOG_FILE, written("whole")
    path.write_text(line[:20])
    with closing(file.read(path, lambda: False)) as reading:
        assert next(reading) is None
        path.write_text(line)

        assert (found := next(reading))
    assert found.text == "whole"


def test_a_change_of_files_while_they_are_opened_loses_nothing_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, opened = tmp_path / LOG_FILE, file._opened
    path.write_text(written("new"))

    def opened_and_changed(asked: Path) -> BinaryIO:
        found = opened(asked)
        if not older(path).exists():
            path.replace(older(path))
            path.write_text(written("newest"))
        return found

    monkeypatch.setattr(file, "_opened", opened_and_changed)

    assert at_once(path) == ["new", "newest"]

"""A journal that nobody has written to is not read again, and one that somebody has is; it is a real one."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from probed.errors import HostFailed
from probed.host import journal, journal_answers, journal_files
from tests.real.journal import Journal
from tests.real.users import as_nobody

SETTLED_NS = 50_000_000


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    made = Journal(tmp_path / "journal")
    made.write("old")
    monkeypatch.setattr(journal_files, "SETTLED_NS", SETTLED_NS)
    settle()
    return made


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Those that reach journalctl."""
    asked: list[list[str]] = []
    ask = journal.ask

    def count(argv: list[str], deadline_s: float) -> str:
        asked.append(argv)
        return ask(argv, deadline_s)

    monkeypatch.setattr(journal, "ask", count)
    return asked


def settle() -> None:
    time.sleep(2 * SETTLED_NS / 1e9)


def ask(of: Journal, *argv: str) -> str:
    folder = str(of.folder)
    return journal_answers.ask(
        ["journalctl", "--output=cat", f"--directory={folder}", "--no-pager", *argv], 10.0, folder
    )


def test_what_was_not_written_to_is_not_read_again(written: Journal, questions: list[list[str]]) -> None:
    assert [ask(written), ask(written)] == ["old\n", "old\n"]
    assert len(questions) == 1

    assert ask(written, "--lines=0") == ""
    assert len(questions) == 2


def test_a_line_is_seen_at_once_and_by_everybody(written: Journal) -> None:
    ask(written)
    written.write("new")

    assert ask(written) == "old\nnew\n"
    settle()
    assert ask(written) == "old\nnew\n"


def test_a_line_is_seen_though_size_and_time_of_the_file_are_as_they_were(written: Journal) -> None:
    [file] = written.folder.glob("*.journal")
    before = file.stat()
    ask(written)
    written.write("new")
    assert file.stat().st_size == before.st_size
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    settle()

    assert ask(written) == "old\nnew\n"


@pytest.mark.parametrize("folder", [".", "0123456789abcdef0123456789abcdef"])
def test_a_line_in_another_file_is_seen(written: Journal, tmp_path: Path, folder: str) -> None:
    ask(written)
    other = Journal(tmp_path / "other")
    other.write("elsewhere")
    (written.folder / folder).mkdir(exist_ok=True)
    shutil.copy(tmp_path / "other" / "remote.journal", written.folder / folder / "user-1000.journal")
    settle()

    assert "elsewhere" in ask(written)


def test_a_line_within_the_same_tick_of_the_clock_is_seen(written: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the last change is so new that another might not be told from it, nothing is kept."""
    monkeypatch.setattr(journal_files, "SETTLED_NS", 60 * 10**9)

    assert journal_files.mark(str(written.folder)) is None


def test_a_file_that_is_closed_for_good_is_not_looked_at(written: Journal) -> None:
    archived = written.folder / f"system@{'a' * 32}-{'b' * 16}-{'c' * 16}.journal"
    archived.write_bytes(b"")
    settle()
    before = journal_files.mark(str(written.folder))
    archived.write_bytes(b"more")
    settle()

    assert before is not None
    assert journal_files.mark(str(written.folder)) == before


def test_where_the_folder_may_not_be_read_everybody_asks(written: Journal) -> None:
    written.folder.chmod(0o700)
    with as_nobody():
        assert journal_files.mark(str(written.folder)) is None


def test_a_question_that_failed_is_put_again(written: Journal, questions: list[list[str]]) -> None:
    for _ in range(2):
        with pytest.raises(HostFailed):
            ask(written, "--cursor=nonsense")
    assert len(questions) == 2


def test_no_more_is_kept_than_a_bound(written: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_answers, "MOST_KEPT", 3)
    for number in range(5):
        ask(written, f"--lines={number}")
    assert len(journal_answers._kept) == 3

    monkeypatch.setattr(journal_answers, "LONGEST_KEPT", 1)
    ask(written, "--lines=9")
    assert not any("--lines=9" in key for key in journal_answers._kept)

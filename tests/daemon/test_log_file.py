from __future__ import annotations

import os
from pathlib import Path

import pytest

from probed.daemon.log_file import LOG_FILE, LogFile, older


def test_a_full_file_gives_way_and_the_one_before_it_goes(tmp_path: Path) -> None:
    path = tmp_path / LOG_FILE
    file = LogFile(path, most_bytes=100)

    for number in range(1, 8):
        file.write(f"{number:039}\n")  # two fit

    assert path.read_text() == f"{7:039}\n"
    assert older(path).read_text() == f"{5:039}\n{6:039}\n"
    assert sorted(tmp_path.iterdir()) == sorted([path, older(path)])
    assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}


def test_a_file_that_was_removed_is_made_anew_and_a_link_is_not_followed(tmp_path: Path) -> None:
    path, other = tmp_path / LOG_FILE, tmp_path / "other"
    file = LogFile(path)
    file.write("a\n")
    path.unlink()
    file.write("b\n")
    assert path.read_text() == "b\n"

    path.unlink()
    path.symlink_to(other)
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        file.write("c\n")
    assert not other.exists()


def test_a_file_that_cannot_be_begun_anew_closes_no_descriptor_of_somebody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = LogFile(tmp_path / LOG_FILE, most_bytes=10)
    file.write("a line\n")
    others: list[int] = []
    opened = os.open

    def refuse_new(path: str | Path, flags: int, mode: int = 0o777) -> int:
        if not flags & os.O_EXCL:
            return opened(path, flags, mode)
        others.append(opened(os.devnull, os.O_RDONLY))  # gets the number that has just become free
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse_new)
        with pytest.raises(OSError, match="No space left"):
            file.write("another line\n")

    [descriptor] = others
    os.close(descriptor)  # it is still open
    file.write("again\n")
    assert (tmp_path / LOG_FILE).read_text() == "again\n"

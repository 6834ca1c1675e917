from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from probed.daemon.lock import NAME, StateLock
from probed.errors import AlreadyRunning, CannotPersist

HOLD = "import sys, time; from pathlib import Path; from probed.daemon.lock import StateLock; \
StateLock(Path(sys.argv[1])).acquire(); print('held', flush=True); time.sleep(60)"


def holder(directory: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", HOLD, directory], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.communicate()


def test_a_second_daemon_is_told_who_holds_the_directory(tmp_path: Path) -> None:
    child = holder(tmp_path)
    try:
        with pytest.raises(AlreadyRunning, match=f"pid {child.pid}.*{tmp_path}"):
            StateLock(tmp_path).acquire()
    finally:
        end(child)


def test_who_was_cut_off_is_known_to_the_next_and_who_released_it_is_forgotten(tmp_path: Path) -> None:
    child = holder(tmp_path)
    end(child)

    with StateLock(tmp_path) as lock:
        assert lock.left_by == str(child.pid)
    with StateLock(tmp_path) as lock:
        assert lock.left_by == ""


def test_a_killed_daemon_leaves_the_directory_free(tmp_path: Path) -> None:
    end(holder(tmp_path))

    with StateLock(tmp_path):
        assert (tmp_path / NAME).read_text() == f"{os.getpid()}\n"


def test_released_means_free_again(tmp_path: Path) -> None:
    with StateLock(tmp_path):
        pass
    with StateLock(tmp_path):
        pass


def test_other_directories_are_not_concerned(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with StateLock(tmp_path), StateLock(other):
        pass


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("keep me")
    (tmp_path / NAME).symlink_to(target)

    with pytest.raises(CannotPersist, match="symbolic links"):
        StateLock(tmp_path).acquire()

    assert target.read_text() == "keep me"

import fcntl
from pathlib import Path

from probed.host import packages


def test_a_lock_that_another_program_holds_is_seen_and_an_unlocked_file_is_none(tmp_path: Path) -> None:
    lock, other = tmp_path / "lock-frontend", tmp_path / "other"
    with lock.open("w") as file, other.open("w") as idle:
        assert not packages.are_changing([str(lock), str(other)], [])
        fcntl.lockf(file, fcntl.LOCK_EX)  # as dpkg and apt do

        assert packages.are_changing([str(lock)], [])
        assert not packages.are_changing([str(other)], [])
        assert idle


def test_where_a_file_that_is_there_means_work_its_coming_and_going_is_seen(tmp_path: Path) -> None:
    database = tmp_path / "db.lck"
    assert not packages.are_changing([], [str(database)])
    database.touch()
    assert packages.are_changing([], [str(database)])


def test_where_the_kernel_shows_no_locks_nothing_is_at_work(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    assert not packages.are_changing([str(tmp_path / "lock")], [], tmp_path / "missing")

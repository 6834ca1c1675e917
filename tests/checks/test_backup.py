from __future__ import annotations

import gzip
import os
import tempfile
import time
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from tests.checks.looking import judged, look, observe
from tests.real.users import as_nobody

HOUR = 3600.0


def make(folder: Path, name: str, size: int, age_s: float) -> Path:
    path = folder / name
    path.write_bytes(b"x" * size)
    os.utime(path, (time.time(), time.time() - age_s))
    return path


def nights(folder: Path, *sizes: int, hours: float = 3) -> None:
    """A dump each night, the newest first and so many hours old."""
    for number, size in enumerate(sizes):
        make(folder, f"{99 - number}.dump", size, (hours + 24 * number) * HOUR)


@pytest.mark.parametrize("place", ["", "/*.dump", "/99.dump"])
def test_a_fresh_backup_of_the_usual_size_is_healthy(tmp_path: Path, place: str) -> None:
    nights(tmp_path, 1000, 990, 980)

    observation = observe("backup", {"path": f"{tmp_path}{place}"})

    assert judged(observation) is None
    assert observation.evidence["size_bytes"] == 1000
    assert "99.dump, is 3.0h old" in observation.summary


@pytest.mark.parametrize(
    ("sizes", "hours", "words"),
    [
        ((), 0, "there is no backup"),
        ((1000, 1000), 40, "1.7d old, more than 26h"),
        ((0, 1000), 3, "99.dump is empty"),
        ((99, 120), 3, "99 B, less than 100 B"),
        ((400, 1000, 990), 3, "400 B, those before it at least 990 B"),
    ],
)
def test_what_a_restore_would_miss_is_a_warning_that_names_it(
    tmp_path: Path, sizes: tuple[int, ...], hours: float, words: str
) -> None:
    nights(tmp_path, *sizes, hours=hours)

    observation = observe("backup", {"path": str(tmp_path), "for": "1m"})

    assert judged(observation) is Severity.WARNING
    assert words in observation.summary
    assert observation.threshold
    assert observation.threshold.for_s == 60


def test_the_packed_nothing_of_a_dump_that_failed_is_too_small_to_be_a_backup(tmp_path: Path) -> None:
    packed = tmp_path / "db.sql.gz"
    packed.write_bytes(gzip.compress(b""))

    assert judged(observe("backup", {"path": str(packed), "settle": 0})) is Severity.WARNING


def test_small_ones_between_large_ones_are_as_small_as_usual(tmp_path: Path) -> None:
    nights(tmp_path, 200, 210, 9000, 190)

    assert judged(observe("backup", {"path": str(tmp_path)})) is None


def test_a_backup_that_is_being_written_is_not_judged_by_its_size_but_the_one_before_is(tmp_path: Path) -> None:
    nights(tmp_path, 1000, 1000)
    make(tmp_path, "now.dump", 0, 10)

    assert judged(observe("backup", {"path": str(tmp_path)})) is None
    assert judged(observe("backup", {"path": str(tmp_path), "settle": 0})) is Severity.WARNING
    make(tmp_path, "99.dump", 10, 3 * HOUR)
    assert judged(observe("backup", {"path": str(tmp_path)})) is Severity.WARNING


def test_what_is_unfinished_by_its_name_is_no_backup(tmp_path: Path) -> None:
    nights(tmp_path, 1000, hours=40)
    for name in ("db.tmp", "db.dump.part", ".hidden"):
        make(tmp_path, name, 1000, HOUR)

    assert judged(observe("backup", {"path": str(tmp_path)})) is Severity.WARNING


def test_a_folder_is_a_backup_of_its_own_and_empty_without_a_name_in_it(tmp_path: Path) -> None:
    (tmp_path / "daily.0").mkdir()

    empty = observe("backup", {"path": f"{tmp_path}/daily.*", "settle": 0})
    make(tmp_path / "daily.0", "etc", 5, 99 * HOUR)
    filled = [observe("backup", {"path": path, "settle": 0}) for path in (f"{tmp_path}/daily.*", str(tmp_path))]

    assert judged(empty) is Severity.WARNING
    assert [judged(each) for each in filled] == [None, None]


@pytest.mark.parametrize("place", ["", "/*.dump"])
def test_a_folder_that_may_not_be_read_is_said_with_the_remedy_and_is_no_missing_backup(place: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        closed = Path(folder, "closed")
        closed.mkdir(mode=0o700)
        with as_nobody():
            (note,) = look("backup", {"path": f"{closed}{place}"})

    assert isinstance(note, Absent)
    assert note.remedy

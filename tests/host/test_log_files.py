"""New lines of logs in files, against real rotation."""

from __future__ import annotations

import itertools
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from probed.core.observation import Memory
from probed.errors import NotHere
from probed.host.log_files import MOST_FILES, read_new
from probed.host.log_lines import Batch
from tests.real.packages import program
from tests.real.users import as_nobody

PLENTY = 1_000_000_000


class Follower:
    """Whoever looks at a log again and again."""

    def __init__(self, *patterns: str) -> None:
        self.patterns = patterns
        self.known: Memory = {}

    def look(self, max_bytes: int = PLENTY) -> Batch:
        batch = read_new(self.patterns, self.known, time.time(), max_bytes)
        self.known = batch.position
        return batch

    def texts(self) -> list[str]:
        batch = self.look()
        assert not batch.left_out
        return [line.text for line in batch.lines]


def append(path: Path, *lines: str) -> None:
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


@contextmanager
def few_descriptors(more: int) -> Iterator[None]:
    """Than are open already."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    append(path, "what was there before")
    return path


@pytest.fixture
def follower(log: Path) -> Follower:
    made = Follower(str(log))
    assert made.texts() == []
    return made


def test_each_new_line_is_read_once_and_one_without_an_end_later(log: Path, follower: Follower) -> None:
    append(log, "one", "two")
    with log.open("a") as file:
        file.write("thr")
    assert follower.texts() == ["one", "two"]

    append(log, "ee")
    assert follower.texts() == ["three"]
    assert follower.texts() == []


def test_a_log_that_appears_later_is_read_from_its_beginning(tmp_path: Path, follower: Follower) -> None:
    other = Follower(f"{tmp_path}/*.log")
    other.look()

    append(tmp_path / "new.log", "hello")

    assert other.texts() == ["hello"]


def test_what_is_written_to_a_renamed_log_is_read_beside_its_successor(log: Path, follower: Follower) -> None:
    append(log, "before")
    with log.open("a") as writer:
        log.rename(f"{log}.1")
        append(log, "successor")
        print("late", file=writer, flush=True)
        assert follower.texts() == ["before", "late", "successor"]
        print("later", file=writer, flush=True)

    assert follower.texts() == ["later"]


@pytest.mark.parametrize("name", ["app.log.1", "app.log-20260101", "app-20260101.log", "app.log-20260101-1767225600"])
def test_predecessors_may_be_called_as_logrotate_calls_them(log: Path, follower: Follower, name: str) -> None:
    append(log, "before")
    log.rename(log.parent / name)
    append(log, "after")
    append(log.parent / "app.log.new", "another log")

    assert follower.texts() == ["before", "after"]


def test_a_pattern_that_fits_predecessors_too_reads_each_line_once(log: Path) -> None:
    follower = Follower(f"{log.parent}/app*")
    follower.look()
    append(log, "before")
    log.rename(log.parent / "app-20260101.log")
    append(log, "after")

    assert follower.texts() == ["before", "after"]


def test_several_rotations_between_two_looks_lose_nothing(log: Path, follower: Follower) -> None:
    for number in range(3):
        append(log, f"line {number}")
        for older in range(3, 0, -1):
            if (before := Path(f"{log}.{older}")).exists():
                before.rename(f"{log}.{older + 1}")
        log.rename(f"{log}.1")
    append(log, "newest")

    assert follower.texts() == ["line 0", "line 1", "line 2", "newest"]


def test_a_truncated_log_is_read_from_its_beginning_even_where_it_has_grown_beyond(
    log: Path, follower: Follower
) -> None:
    log.write_text("")
    append(log, *[f"fresh {number}" for number in range(50)])

    assert len(follower.texts()) == 50


def test_what_was_unread_in_a_log_that_was_copied_and_truncated_is_read_in_the_copy(
    log: Path, follower: Follower
) -> None:
    append(log, "unread")
    Path(f"{log}.1").write_bytes(log.read_bytes())
    log.write_text("")
    append(log, "fresh")

    assert follower.texts() == ["unread", "fresh"]
    assert follower.texts() == []


def test_a_look_between_the_copy_and_the_truncation_reads_nothing_twice(log: Path, follower: Follower) -> None:
    append(log, "one", "two")
    Path(f"{log}.1").write_bytes(log.read_bytes()[:30])  # the copy is not whole yet
    assert follower.texts() == ["one", "two"]

    Path(f"{log}.1").write_bytes(log.read_bytes())
    append(log, "three")
    assert follower.texts() == ["three"]

    log.write_text("")
    append(log, "fresh")
    assert follower.texts() == ["fresh"]


def test_old_and_compressed_predecessors_are_not_read(log: Path, follower: Follower) -> None:
    append(Path(f"{log}.2.gz"), "packed")
    old = Path(f"{log}.3")
    append(old, "unpacked again")
    os.utime(old, (time.time() - 1000,) * 2)

    assert follower.texts() == []


def test_a_flood_is_cut_to_its_newest_lines_and_that_is_said(log: Path, follower: Follower) -> None:
    append(log, *[f"line {number:06}" for number in range(10_000)])

    batch = follower.look(max_bytes=1200)

    assert batch.lines[-1].text == "line 009999"
    assert 90 < len(batch.lines) <= 100
    assert all(line.text.startswith("line 00") for line in batch.lines)
    assert [each.source for each in batch.left_out] == [str(log)]
    assert follower.texts() == []


def test_more_predecessors_than_files_may_be_open_do_no_harm(log: Path) -> None:
    for number in range(300):
        append(log.parent / f"app-{number}.log", "old")
        os.utime(log.parent / f"app-{number}.log", (number + 1, number + 1))
    append(log.parent / "app-7.log", "the newest")

    with few_descriptors(64):
        follower = Follower(str(log))
        assert follower.texts() == []
        append(log, "new")
        append(log.parent / "app-7.log", "late")
        assert follower.texts() == ["late", "new"]


def test_of_many_logs_those_are_read_that_were_written_last_and_the_others_are_counted(tmp_path: Path) -> None:
    logs = [tmp_path / f"host{number:03}.log" for number in range(MOST_FILES + 5)]
    for age, log in enumerate(reversed(logs)):
        append(log, "before")
        os.utime(log, (time.time() - 100 - age,) * 2)
    follower = Follower(f"{tmp_path}/*.log", f"{tmp_path}/named")

    (note,) = follower.look().notes
    assert note.what.startswith("5 logs")
    assert note.remedy
    append(logs[-1], "new")
    assert follower.texts() == ["new"]
    append(logs[0], "woken")
    assert follower.texts() == ["woken"]
    append(tmp_path / "young.log", "first")
    assert follower.texts() == ["first"]


def test_a_few_logs_have_no_note(follower: Follower) -> None:
    assert follower.look().notes == ()


def test_bytes_that_are_no_text_do_no_harm_and_lines_have_a_bound(log: Path, follower: Follower) -> None:
    with log.open("ab") as file:
        file.write(b"\0" * 1000 + b"caf\xe9\n" + b"x" * 1_000_000)

    first, second = follower.texts()

    assert first == "caf\ufffd"
    assert len(second) == 4096


def test_a_log_that_may_not_be_read_is_said_with_the_remedy(log: Path) -> None:
    log.chmod(0o600)
    with as_nobody(), pytest.raises(NotHere) as told:
        Follower(str(log)).look()
    assert told.value.remedy


WRITER = """
import itertools, signal, sys, time
path, reopened = sys.argv[1], []
signal.signal(signal.SIGHUP, lambda *_: reopened.append(True))
file = open(path, "a")
print("ready", flush=True)
for number in itertools.count():
    print(number, "x" * (number % 90), file=file, flush=True)
    if number % 10 == 0:
        time.sleep(0.0001)
    if reopened:
        reopened.clear()
        file.close()
        file = open(path, "a")
        print("reopened", flush=True)
"""


@contextmanager
def a_writer_that_never_stops(log: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", WRITER, log], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        assert writer.stdout.readline()
        try:
            yield writer
        finally:
            writer.kill()


def rotate(folder: Path, log: Path, *options: str) -> Callable[[], None]:
    logrotate = program("logrotate", "logrotate")
    body = "\n".join(("rotate 5", "missingok", *options))
    (folder / "rotate.conf").write_text(f"{log} {{\n{body}\n}}\n")
    (folder / "rotate.conf").chmod(0o644)
    command = [logrotate, "--force", f"--state={folder}/state", f"{folder}/rotate.conf"]
    return lambda: print(subprocess.run(command, check=True, capture_output=True, timeout=30))


@pytest.mark.parametrize("look_before_it_is_reopened", [True, False])
def test_logrotate_loses_no_line_of_a_writer_that_never_stops(tmp_path: Path, look_before_it_is_reopened: bool) -> None:
    """The next rotation, which compresses, comes after a look: what is written meanwhile stands in the renamed file."""
    log = tmp_path / "app.log"
    log.touch()
    follower, numbers = Follower(str(log)), []
    follower.look()
    with a_writer_that_never_stops(log) as writer:
        turn = rotate(
            tmp_path, log, "create", "delaycompress", "compress", "postrotate", f"kill -HUP {writer.pid}", "endscript"
        )
        for _ in range(6):
            turn()
            if look_before_it_is_reopened:
                numbers += [int(text.split()[0]) for text in follower.texts()]
            assert writer.stdout
            assert writer.stdout.readline() == "reopened\n"
            numbers += [int(text.split()[0]) for text in follower.texts()]
    numbers += [int(text.split()[0]) for text in follower.texts()]

    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 100


def test_logrotate_that_copies_and_truncates_has_no_line_read_twice(tmp_path: Path) -> None:
    """What is written between copy and truncation is lost by it; of the rest nothing is."""
    log = tmp_path / "app.log"
    log.touch()
    follower, numbers = Follower(str(log)), []
    follower.look()
    with a_writer_that_never_stops(log):
        turn = rotate(tmp_path, log, "copytruncate")
        for _ in range(5):
            turn()
            numbers += [int(text.split()[0]) for text in follower.texts()]
            numbers += [int(text.split()[0]) for text in follower.texts()]
    numbers += [int(text.split()[0]) for text in follower.texts()]

    assert all(before < after for before, after in itertools.pairwise(numbers))
    kept = {int(line.split()[0]) for each in tmp_path.glob("app.log*") for line in each.read_text().splitlines()}
    assert kept <= set(numbers)


def turn_over(log: Path, *, copy: bool, between: Callable[[], object]) -> None:
    """A rotation, by renaming or by copying and truncating."""
    for older in range(9, 0, -1):
        if (before := Path(f"{log}.{older}")).exists():
            before.rename(f"{log}.{older + 1}")
    if copy:
        Path(f"{log}.1").write_bytes(log.read_bytes())
        between()
        os.truncate(log, 0)
    else:
        log.rename(f"{log}.1")
        between()
        log.touch()


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_in_whatever_order_each_line_is_read_once(log: Path, follower: Follower, seed: int) -> None:
    dice, written, read = random.Random(seed), 0, list[str]()
    writer = log.open("a")

    def look() -> None:
        read.extend(follower.texts())

    for step in dice.choices(("write", "look", "rotate", "reopen"), (6, 4, 3, 1), k=14):
        if step == "write":
            for _ in range(dice.choice((1, 1, 2, 30))):
                print(f"line {written} of this log", file=writer, flush=True)
                written += 1
        elif step == "look":
            look()
        elif step == "rotate":
            is_current = log.exists() and os.fstat(writer.fileno()).st_ino == log.stat().st_ino
            between = look if dice.random() < 0.5 else list
            turn_over(log, copy=is_current and seed % 2 == 0, between=between)
        elif seed % 2:
            writer.close()
            writer = log.open("a")
    writer.close()
    look()

    assert sorted(read) == sorted(f"line {number} of this log" for number in range(written))

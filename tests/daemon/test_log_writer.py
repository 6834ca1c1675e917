from __future__ import annotations

import contextlib
import os
import time
from typing import TextIO

import pytest

from probed.daemon.log_writer import LogWriter


def lines_of(fd: int) -> list[str]:
    with os.fdopen(fd) as reader:
        return reader.read().splitlines()


def drop(stream: TextIO) -> None:
    with contextlib.suppress(BrokenPipeError):
        stream.close()


def test_lines_arrive_in_order() -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        writer = LogWriter(stream)
        for number in range(100):
            writer.write(f"line {number}\n")
        writer.close()

    assert lines_of(reading) == [f"line {number}" for number in range(100)]


@pytest.mark.alone
def test_a_reader_that_stalls_holds_nobody_up_and_learns_what_it_missed() -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    writer = LogWriter(stream, max_lines=50)
    began = time.monotonic()

    for _ in range(5000):  # far more than the pipe holds
        writer.write("x" * 99 + "\n")

    assert time.monotonic() - began < 30
    stalled = os.read(reading, 200_000)
    while b"were lost" not in stalled:
        stalled += os.read(reading, 200_000)
    writer.close()
    stream.close()
    os.close(reading)


@pytest.mark.alone
def test_closing_does_not_wait_for_a_reader_that_stalls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.daemon.log_writer.LAST_WORDS_WITHIN_S", 0.2)
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    writer = LogWriter(stream)
    for _ in range(5000):
        writer.write("x" * 99 + "\n")
    began = time.monotonic()

    writer.close()

    assert time.monotonic() - began < 30
    os.close(reading)  # ends the write that hangs
    writer._thread.join(60)
    assert not writer._thread.is_alive()
    drop(stream)


def test_a_reader_that_went_away_ends_nothing() -> None:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    os.close(reading)
    writer = LogWriter(stream)

    writer.write("to nobody\n")
    writer.close()

    assert not writer._thread.is_alive()
    drop(stream)

"""The log as the daemon itself keeps it, where no journal does."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import BinaryIO

from probed.daemon.log_file import older
from probed.errors import CortexError
from probed.own_log.entry import Line, of_json

PAUSE_S = 0.2


def read(path: Path, is_over: Callable[[], bool]) -> Generator[Line | None, None, None]:
    """What there is, the oldest first, and what comes; None whenever nothing comes for a moment. Ends once `is_over`,
    with what was written until then. Raises CortexError."""
    file, ends = _opened(path), False
    try:
        with _opened(older(path)) as before:  # both are open before either is read: they may change meanwhile
            if not _is_same(os.fstat(before.fileno()), os.fstat(file.fileno())):
                yield from _lines(before)
        while not ends:
            ends = is_over()
            yield from _lines(file)
            if _was_replaced(path, file):
                yield from _lines(file)
                file.close()
                file, ends = _opened(path), False
            elif not ends:
                yield None
                time.sleep(PAUSE_S)
    finally:
        file.close()


def _lines(file: BinaryIO) -> Iterator[Line]:
    """Whole lines; one that is being written is read the next time."""
    while content := file.readline():
        if not content.endswith(b"\n"):
            file.seek(-len(content), os.SEEK_CUR)
            return
        if line := of_json(content.decode(errors="replace")):
            yield line


def _opened(path: Path) -> BinaryIO:
    """Empty where it is not there (yet)."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        return open(os.devnull, "rb")
    except OSError as error:
        raise CortexError(f"{path} cannot be read: {error.strerror}; try it with sudo") from error


def _was_replaced(path: Path, file: BinaryIO) -> bool:
    try:
        return not _is_same(path.stat(), os.fstat(file.fileno()))
    except OSError:
        return False


def _is_same(one: os.stat_result, other: os.stat_result) -> bool:
    return (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)

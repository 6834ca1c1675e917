"""A log read from its newest line backwards, on into what it was rotated to, compressed or not."""

from __future__ import annotations

import bz2
import gzip
import itertools
import lzma
import os
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from probed.errors import HostFailed
from probed.host import log_names, shown_files

CHUNK = 262_144
MOST_BYTES = 16 * 2**20
"""Looked through in one stretch."""
FROM_ITS_END = -1
MOST_UNPACKED = 512 * 2**20
WITHIN_S = 5.0
LONGEST_LINE = 8192
PACKED = (".gz", ".bz2", ".xz")
FOREIGN = tuple(each for each in log_names.PACKED if each not in PACKED)
IsShown = Callable[[str], bool]
Fits = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Place:
    """Before which it goes on: bytes of the file with this inode, whatever its name is by now."""

    device: int
    inode: int
    end: int


@dataclass(frozen=True, slots=True)
class Stretch:
    lines: tuple[tuple[str, str], ...]
    """The name of the file and the line, the newest first."""
    older: Place | None
    """None: there is nothing older."""
    looked_through: int
    """Bytes."""


def stretch(path: str, is_shown: IsShown, wanted: int, fits: Fits, place: Place | None) -> Stretch:
    """So many lines that fit, or as far as one look goes. `path`: real, and shown. Raises NotHere, HostFailed;
    also where what the place is in is gone."""
    reading = _Reading(wanted, fits, time.monotonic() + WITHIN_S)
    begun = place is None
    members = [each for each in (path, *log_names.older(path)) if _is_readable(each) and is_shown(each)]
    if not members:
        raise HostFailed(f"{path}: there is no such log")
    for member in members:
        with shown_files.opened(member) as descriptor:
            found = os.fstat(descriptor)
            key = found.st_dev, found.st_ino
            if not begun and place and key != (place.device, place.inode):
                continue
            if reading.is_over:
                return reading.result(Place(*key, FROM_ITS_END))
            goes_on = place is not None and not begun and place.end != FROM_ITS_END
            begun = True
            if end := reading.read(_source(member, descriptor), member, place.end if place and goes_on else None):
                return reading.result(Place(*key, end))
    if not begun:
        raise HostFailed(f"{path} was rotated meanwhile, and what was read is gone: ask again without a cursor")
    return reading.result(None)


def _is_readable(path: str) -> bool:
    """A plain file, and nothing that was packed by what cannot be unpacked here."""
    return shown_files.is_plain(path) and not path.endswith(FOREIGN)


class _Reading:
    def __init__(self, wanted: int, fits: Fits, ends_at: float) -> None:
        self._wanted, self._fits, self._ends_at = wanted, fits, ends_at
        self._lines: list[tuple[str, str]] = []
        self._bytes = 0

    @property
    def is_over(self) -> bool:
        return len(self._lines) >= self._wanted or self._bytes >= MOST_BYTES or time.monotonic() >= self._ends_at

    def read(self, source: _Source, path: str, end: int | None) -> int:
        """Returns before which byte it has to go on; 0 at the beginning of the file."""
        while end is None or end > 0:
            if self.is_over and end is not None:
                return end
            begin, chunk = source.before(end, self._ends_at)
            if end is not None and begin + len(chunk) < end:
                raise HostFailed(f"{path} was truncated meanwhile: ask again without a cursor")
            self._bytes += len(chunk)
            end = self._take(path, chunk, begin)
        return 0

    def _take(self, path: str, chunk: bytes, begin: int) -> int:
        """The whole lines of the chunk, the last first. Returns before which byte the others lie. Raises HostFailed."""
        torn = chunk.find(b"\n") + 1 if begin else 0
        torn = 0 if torn == len(chunk) else torn  # it is a part of one line
        pieces = chunk[torn:].split(b"\n")
        if sum(b"\0" in each.lstrip(b"\0") for each in pieces) > len(pieces) / 2:
            raise HostFailed(f"{path} is no text")
        starts = itertools.accumulate((len(each) + 1 for each in pieces), initial=begin + torn)
        for start, line in reversed(list(zip(starts, pieces, strict=False))):
            text = line.lstrip(b"\0")[: 4 * LONGEST_LINE].decode(errors="replace").rstrip("\r")[:LONGEST_LINE]
            if text and self._fits(text):
                self._lines.append((os.path.basename(path), text))
                if len(self._lines) >= self._wanted:
                    return start
        return begin + torn

    def result(self, older: Place | None) -> Stretch:
        return Stretch(tuple(self._lines), older, self._bytes)


class _Source:
    """A plain file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def before(self, end: int | None, ends_at: float) -> tuple[int, bytes]:
        """What stands before that byte, or at the end; with where it begins."""
        size = os.fstat(self._descriptor).st_size
        stop = size if end is None else min(end, size)
        begin = max(0, stop - CHUNK)
        return begin, os.pread(self._descriptor, stop - begin, begin)


class _Packed(_Source):
    """A compressed file, unpacked from its beginning each time, for it has no other way to be read."""

    def __init__(self, descriptor: int, path: str) -> None:
        super().__init__(descriptor)
        self._path = path

    def before(self, end: int | None, ends_at: float) -> tuple[int, bytes]:
        kept, at = b"", 0
        try:
            with open(os.dup(self._descriptor), "rb") as file:
                file.seek(0)
                stream = _unpacking(self._path, file)
                while end is None or at < end:
                    chunk = stream.read(CHUNK if end is None else min(CHUNK, end - at))
                    if not chunk:
                        break
                    at += len(chunk)
                    kept = (kept + chunk)[-CHUNK:]
                    if at > MOST_UNPACKED or time.monotonic() > ends_at:
                        raise HostFailed(f"{self._path} is too large to be unpacked for a look")
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise HostFailed(f"{self._path} cannot be unpacked: {error}") from error
        return at - len(kept), kept


def _unpacking(path: str, file: BinaryIO) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile:
    if path.endswith(".gz"):
        return gzip.open(file)
    return bz2.open(file) if path.endswith(".bz2") else lzma.open(file)


def _source(path: str, descriptor: int) -> _Source:
    return _Packed(descriptor, path) if path.endswith(PACKED) else _Source(descriptor)


def logs_below(folders: Sequence[str], within_s: float = 3.0, most: int = 20_000) -> list[tuple[str, os.stat_result]]:
    """Plain files below the folders, links not followed, as far as one look goes; without systemd's journal, which is
    no text."""
    found: list[tuple[str, os.stat_result]] = []
    ends_at = time.monotonic() + within_s
    for folder in folders:
        for where, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(where, name)
                if ".journal" not in name and shown_files.is_plain(path):
                    found.append((path, os.lstat(path)))
            if len(found) >= most or time.monotonic() >= ends_at:
                return found
    return found

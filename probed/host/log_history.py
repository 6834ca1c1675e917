"""A log read from its newest line backwards, on into what it was rotated to, compressed or not."""

from __future__ import annotations

import bz2
import gzip
import itertools
import lzma
import os
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from probed.errors import HostFailed, NotHere
from probed.host import log_names, shown_files

CHUNK = 65_536
CHUNKS_UNPACKED = 4
"""Kept of a compressed file, which has to be unpacked anew for those before them."""
MOST_BYTES = 16 * 2**20
"""Looked through in one stretch."""
MOST_UNPACKED = 512 * 2**20
WITHIN_S = 5.0
LONGEST_LINE = 8192
PACKED = (".gz", ".bz2", ".xz")
FOREIGN = tuple(each for each in log_names.PACKED if each not in PACKED)
IsShown = Callable[[str], bool]
Sift = Callable[[Sequence[str]], Iterable[str]]
"""Of lines in their order: each as it is told; empty: not at all."""


@dataclass(frozen=True, slots=True)
class Place:
    """Before which it goes on: bytes of the file with this inode, whatever its name is by now."""

    device: int
    inode: int
    end: int | None
    """None: its end."""


@dataclass(frozen=True, slots=True)
class Stretch:
    lines: tuple[tuple[str, str], ...]
    """The name of the file and the line, the newest first."""
    older: Place | None
    """None: there is nothing older."""
    looked_through: int
    """Bytes."""


def stretch(path: str, is_shown: IsShown, wanted: int, sift: Sift, place: Place | None) -> Stretch:
    """So many lines that are told, or as far as one look goes; it ends at what cannot be read, of which the look tells
    that begins there. `path`: real, and shown. Raises NotHere, HostFailed; also where what the place is in is gone."""
    reading = _Reading(wanted, sift, time.monotonic() + WITHIN_S)
    begun = place is None
    members = [each for each in (path, *log_names.older(path)) if _is_readable(each) and is_shown(each)]
    if not members:
        raise HostFailed(f"{path}: there is no such log")
    for member in members:
        reading.end, found = None, None
        try:
            with shown_files.opened(member) as descriptor:
                found = os.fstat(descriptor)
                if not begun and place:
                    if (found.st_dev, found.st_ino) != (place.device, place.inode):
                        continue
                    reading.end = place.end
                begun = True
                reading.read(_source(member, descriptor), member)
        except (NotHere, HostFailed):
            if reading.is_untouched:
                raise
            found = found or _seen(member)
            if found is None:
                continue
        if reading.end != 0:
            return reading.result(Place(found.st_dev, found.st_ino, reading.end))
    if not begun:
        raise HostFailed(f"{path} was rotated meanwhile, and what was read is gone: ask again without a cursor")
    return reading.result(None)


def _seen(path: str) -> os.stat_result | None:
    """None: it has gone since its folder was listed."""
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _is_readable(path: str) -> bool:
    """A plain file, and nothing that was packed by what cannot be unpacked here."""
    return shown_files.is_plain(path) and not path.endswith(FOREIGN)


class _Reading:
    end: int | None = None
    """Before which byte of the file at hand it has to go on, None: at its end; 0: it is through."""

    def __init__(self, wanted: int, sift: Sift, ends_at: float) -> None:
        self._wanted, self._sift, self._ends_at = wanted, sift, ends_at
        self._lines: list[tuple[str, str]] = []
        self._bytes = 0

    @property
    def is_over(self) -> bool:
        return len(self._lines) >= self._wanted or self._bytes >= MOST_BYTES or time.monotonic() >= self._ends_at

    @property
    def is_untouched(self) -> bool:
        return self._bytes == 0

    def read(self, source: _Source, path: str) -> None:
        """Raises HostFailed."""
        while self.end != 0 and (self.is_untouched or not self.is_over):
            begin, chunk = source.before(self.end, self._ends_at)
            if self.end is not None and begin + len(chunk) < self.end:
                raise HostFailed(f"{path} was truncated meanwhile: ask again without a cursor")
            self.end = self._take(path, chunk, begin)
            self._bytes += len(chunk)

    def _take(self, path: str, chunk: bytes, begin: int) -> int:
        """The whole lines of the chunk, the last first. Returns before which byte the others lie. Raises HostFailed."""
        torn = chunk.find(b"\n") + 1 if begin else 0
        torn = 0 if torn == len(chunk) else torn  # it is a part of one line
        pieces = chunk[torn:].split(b"\n")
        if sum(b"\0" in each.lstrip(b"\0") for each in pieces) > len(pieces) / 2:
            raise HostFailed(f"{path} is no text")
        starts = itertools.accumulate((len(each) + 1 for each in pieces), initial=begin + torn)
        told = self._sift(list(map(_text, pieces)))
        for start, text in reversed(list(zip(starts, told, strict=False))):
            if text:
                self._lines.append((os.path.basename(path), text))
                if len(self._lines) >= self._wanted:
                    return start
        return begin + torn

    def result(self, older: Place | None) -> Stretch:
        return Stretch(tuple(self._lines), older, self._bytes)


def _text(line: bytes) -> str:
    return line.lstrip(b"\0")[: 4 * LONGEST_LINE].decode(errors="replace").rstrip("\r")[:LONGEST_LINE]


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
                    kept = (kept + chunk)[-CHUNKS_UNPACKED * CHUNK :]
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

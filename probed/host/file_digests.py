"""Digests of files, within a bound of bytes and time for all of them."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

LARGE_BYTES = 32 * 2**20
"""Of a larger file the beginning, the end and the size count, beside the time of its last change."""
ENDS_BYTES = 2**20
UNREADABLE = ""


@dataclass(slots=True)
class Reader:
    most_bytes: int
    until: float
    """On the monotonic clock."""
    left_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        self.left_bytes = self.most_bytes

    @property
    def is_spent(self) -> bool:
        return self.left_bytes <= 0 or time.monotonic() > self.until

    def digest(self, path: str, found: os.stat_result) -> str:
        """Of a file its content, of a link where it leads; UNREADABLE where that may not be read."""
        try:
            if stat.S_ISLNK(found.st_mode):
                return _text(hashlib.sha256(os.fsencode(os.readlink(path))))
            return self._content(path) if stat.S_ISREG(found.st_mode) else "-"
        except OSError:
            return UNREADABLE

    def _content(self, path: str) -> str:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb", buffering=0) as file:
            size = os.fstat(descriptor).st_size
            if size > LARGE_BYTES:
                ends = os.pread(descriptor, ENDS_BYTES, 0) + os.pread(descriptor, ENDS_BYTES, size - ENDS_BYTES)
                self.left_bytes -= len(ends)
                return _text(hashlib.sha256(ends + str(size).encode()))
            found = hashlib.sha256()
            while chunk := file.read(2**20):
                found.update(chunk)
                self.left_bytes -= len(chunk)
            return _text(found)


def _text(digest: hashlib._Hash) -> str:
    return urlsafe_b64encode(digest.digest()[:18]).decode()

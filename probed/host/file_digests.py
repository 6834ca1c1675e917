"""Digests of files: of many, within a bound of bytes and time for all of them, and of one."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

from probed.errors import HostFailed, NotHere

LARGE_BYTES = 32 * 2**20
"""Of a larger file the beginning, the end and the size count, beside the time of its last change."""
ENDS_BYTES = 2**20
UNREADABLE = ""
MOST_BYTES = 512 * 2**20
"""Of a file whose whole content counts."""
MOST_KNOWN = 100

_sha256s: dict[tuple[int, int, int, int], str] = {}
"""By device, inode, time of the last change and size."""


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


def sha256_of(path: str) -> str:
    """In hexadecimal, of the whole content, which is read once for each change of it. Raises NotHere, HostFailed."""
    try:
        with open(path, "rb") as file:
            found = os.fstat(file.fileno())
            if found.st_size > MOST_BYTES:
                raise HostFailed(f"{path} has more than {MOST_BYTES // 2**20} MiB, too much to be read")
            return _known_sha256(file.fileno(), (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size))
    except PermissionError:
        raise NotHere(f"what stands in {path}", "let the daemon's user read it") from None
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error


def _known_sha256(descriptor: int, version: tuple[int, int, int, int]) -> str:
    if version not in _sha256s:
        digest = hashlib.sha256()
        while chunk := os.read(descriptor, 2**20):
            digest.update(chunk)
        while len(_sha256s) >= MOST_KNOWN:
            _sha256s.pop(next(iter(_sha256s)), None)
        _sha256s[version] = digest.hexdigest()
    return _sha256s[version]


def _text(digest: hashlib._Hash) -> str:
    return urlsafe_b64encode(digest.digest()[:18]).decode()

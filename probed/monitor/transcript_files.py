"""The folder of transcripts beside the database: each a compressed file that is whole or not there."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from probed.config.trust import distrust_state_folder
from probed.errors import CannotPersist, NotFound
from probed.monitor.backups import sync_folder

HALF = ".half"
LEVEL = 6
MOST_BYTES = 64 * 2**20
"""No file of ours holds more than that."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    name: str
    stored_bytes: int
    sha256: str


class TranscriptFiles:
    """Everything here blocks. Raises CannotPersist."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, subject: str, text: str) -> StoredFile:
        """Under a name that no other content has: what a row names is never written over."""
        content = gzip.compress(text.encode(errors="replace"), LEVEL, mtime=0)
        sha256 = hashlib.sha256(content).hexdigest()
        name = f"{subject}-{sha256[:16]}.jsonl.gz"
        try:
            self._make_folder()
            half = self._folder / f"{name}{HALF}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(half, flags, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            half.replace(self._folder / name)
            sync_folder(self._folder)
        except OSError as error:
            raise CannotPersist(f"cannot write a transcript to {self._folder}: {error.strerror}") from error
        return StoredFile(name, len(content), sha256)

    def read(self, stored: StoredFile) -> str:
        """Raises NotFound where it is gone, or is not what was written."""
        try:
            with os.fdopen(
                os.open(self._folder / stored.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb"
            ) as file:
                content = file.read(MOST_BYTES)
        except OSError as error:
            raise NotFound(f"the transcript {stored.name} cannot be read: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != stored.sha256:
            raise NotFound(f"the transcript {stored.name} is not as it was written")
        return zlib.decompress(content, wbits=31).decode()

    def names(self) -> set[str]:
        """Of the files that are there."""
        try:
            return set(os.listdir(self._folder))
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise CannotPersist(f"cannot look into {self._folder}: {error.strerror}") from error

    def remove(self, names: Collection[str]) -> None:
        """Only files of the folder itself. One that stays is removed another time."""
        for name in names:
            with suppress(OSError):
                (self._folder / Path(name).name).unlink()

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if fault := distrust_state_folder(self._folder):
            raise CannotPersist(f"no transcript is put into {self._folder}, which {fault}")

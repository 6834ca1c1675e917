"""Copies of the configurations that were in force, so that there is a way back. They hold what the file holds, and are
for its reader alone."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from probed.config.loader import MAX_BYTES
from probed.errors import CortexError, NotFound

FOLDER = "configurations"
MOST = 10
STAMP = "%Y%m%dT%H%M%S.%fZ"
HASH_LETTERS = 12
NAME = re.compile(rf"(\d{{8}}T\d{{6}}\.\d{{6}}Z)-([0-9a-f]{{{HASH_LETTERS}}})\.yaml", re.ASCII)
NEW = ".new"
"""What one is called until it is whole."""


@dataclass(frozen=True, slots=True)
class Copy:
    path: Path
    at: datetime
    """When it came into force."""
    hash: str
    """The beginning of the SHA-256 of its text."""

    @property
    def name(self) -> str:
        return self.path.stem

    def read(self) -> tuple[bytes, int]:
        """Its text, and whose file it is. The folder is the daemon's, who reads may be root: no link is followed, and
        what is not that which was kept is refused. Raises CortexError."""
        try:
            with open(os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                status = os.fstat(file.fileno())
                text = file.read(MAX_BYTES + 1) if stat.S_ISREG(status.st_mode) else None
        except OSError as error:
            raise _unreadable(self.path, error) from error
        if text is None or len(text) > MAX_BYTES or hash_of(text) != self.hash:
            raise CortexError(f"{self.path} is not what was kept there: choose another of `config history`")
        return text, status.st_uid

    @property
    def is_whole(self) -> bool:
        try:
            self.read()
        except CortexError:
            return False
        return True


def hash_of(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:HASH_LETTERS]


class Copies:
    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / FOLDER

    def all(self) -> Sequence[Copy]:
        """The one in force last comes first. Raises CortexError."""
        try:
            found = [copy for name in os.listdir(self._folder) if (copy := _copy(self._folder / name))]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(self._folder, error) from error
        return sorted(found, key=lambda copy: copy.path.name, reverse=True)

    def keep(self, text: bytes, now: datetime) -> None:
        """It is in force now; one with the same text is replaced. Raises OSError, CortexError."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        known, hash_ = self.all(), hash_of(text)
        if known and known[0].hash == hash_ and known[0].is_whole:
            return
        new = self._folder / NEW
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._folder / f"{now.astimezone(UTC):{STAMP}}-{hash_}.yaml")
        same = [copy for copy in known if copy.hash == hash_]
        rest = [copy for copy in known if copy.hash != hash_]
        for copy in (*same, *rest[MOST - 1 :]):
            copy.path.unlink(missing_ok=True)

    def wanted(self, name: str, present: bytes) -> Copy:
        """The one whose name or hash begins with `name`; without a name the last one that was in force and is not what
        is written now. Raises NotFound, CortexError."""
        known = self.all()
        if not name:
            others = [copy for copy in known if copy.hash != hash_of(present)]
            if not others:
                raise NotFound("no other configuration was in force: there is nothing to go back to")
            return others[0]
        found = [copy for copy in known if copy.name.startswith(name) or copy.hash.startswith(name)]
        if len(found) != 1:
            what = "is the beginning of more than one" if found else "is none"
            raise NotFound(f"{name!r} {what} of: {', '.join(copy.name for copy in known) or 'no copies'}")
        return found[0]


def _copy(path: Path) -> Copy | None:
    """None: it is none of ours."""
    named = NAME.fullmatch(path.name)
    try:
        return Copy(path, datetime.strptime(named[1], STAMP).replace(tzinfo=UTC), named[2]) if named else None
    except ValueError:
        return None


def _unreadable(path: Path, error: OSError) -> CortexError:
    remedy = "; try it with sudo" if isinstance(error, PermissionError) else ""
    return CortexError(f"{path} cannot be read: {error.strerror}{remedy}")

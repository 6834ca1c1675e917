"""Copies of the configurations that were in force, so that there is a way back. They hold what the file holds, and are
for its reader alone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from probed.errors import CortexError, NotFound

FOLDER = "configurations"
MOST = 10
STAMP = "%Y%m%dT%H%M%S.%fZ"
HASH_LETTERS = 12


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


def hash_of(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:HASH_LETTERS]


class Copies:
    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / FOLDER

    def all(self) -> Sequence[Copy]:
        """The one in force last comes first. Raises CortexError."""
        try:
            found = [copy for path in self._folder.glob("*.yaml") if (copy := _copy(path))]
        except OSError as error:
            raise CortexError(f"{self._folder} cannot be read: {error.strerror}; try it with sudo") from error
        return sorted(found, key=lambda copy: copy.path.name, reverse=True)

    def keep(self, text: bytes, now: datetime) -> None:
        """It is in force now; one with the same text is replaced. Raises OSError."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        known, hash_ = self.all(), hash_of(text)
        if known and known[0].hash == hash_:
            return
        path = self._folder / f"{now.astimezone(UTC):{STAMP}}-{hash_}.yaml"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
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
    stamp, dash, hash_ = path.stem.partition("-")
    try:
        return Copy(path, datetime.strptime(stamp, STAMP).replace(tzinfo=UTC), hash_) if dash else None
    except ValueError:
        return None

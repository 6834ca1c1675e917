"""Backups of the monitor: where they lie, and what a person may ask of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from probed.core.backup import Backup, Drill
from probed.ports.inbound import Actor


class BackupStore(Protocol):
    place: str
    """The folder, for people."""
    can_open: bool
    """Whether what it takes can be read by the daemon itself: False where it only encrypts."""

    async def known(self) -> Sequence[Backup]:
        """The oldest first."""

    async def get(self, name: str) -> Backup:
        """By its name, by what only one begins with, or the `latest`. Raises NotFound."""

    async def take(self, now: datetime) -> Backup:
        """Raises CannotPersist, CorruptMonitor (the monitor itself is damaged), Overloaded."""

    async def verify(self, backup: Backup) -> float:
        """Seconds that unpacking and checking it took. Raises DamagedBackup, CannotPersist, Overloaded."""

    async def written_bytes(self) -> int:
        """So far, by what is being taken or checked now; 0: nothing is."""

    async def remove(self, backup: Backup) -> None: ...


class Backups(Protocol):
    """What a person may ask; each call leaves a line in the ledger."""

    async def known(self) -> Sequence[Backup]: ...

    async def take(self, by: Actor) -> Backup:
        """One more, now. Raises as `BackupStore.take`, and Refused where backups are off."""

    async def verify(self, name: str, by: Actor) -> Drill:
        """Unpack and check one as a restore would. Raises NotFound, CannotPersist and Overloaded."""

    async def last_drill(self) -> Drill | None: ...

    async def written_bytes(self) -> int:
        """As `BackupStore.written_bytes`."""

"""The folder of backups, worked on in threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from probed.core.backup import Backup
from probed.monitor.backups import BackupFolder
from probed.ports import Workers

WORK_WITHIN_S = 1800.0
"""For one copy or one check of a large monitor on a slow disk."""
LOOK_WITHIN_S = 20.0

T = TypeVar("T")


class ThreadedBackupStore:
    """Implements `ports.BackupStore`."""

    def __init__(self, folder: BackupFolder, workers: Workers, lookers: Workers) -> None:
        """`lookers`: for what takes no time, so that it waits for no copy or check that is under way."""
        self._folder, self._workers, self._lookers = folder, workers, lookers
        self.place = str(folder.folder)
        self.can_open = folder.seal.can_open_its_own

    async def known(self) -> Sequence[Backup]:
        return await self._look(self._folder.known)

    async def get(self, name: str) -> Backup:
        return await self._look(lambda: self._folder.get(name))

    async def take(self, now: datetime) -> Backup:
        return await self._work(lambda: self._folder.take(now))

    async def verify(self, backup: Backup) -> float:
        return await self._work(lambda: self._folder.verify(backup))

    async def written_bytes(self) -> int:
        return await self._look(self._folder.written_bytes)

    async def remove(self, backup: Backup) -> None:
        await self._look(lambda: self._folder.remove(backup))

    async def _work(self, work: Callable[[], T]) -> T:
        return await self._workers.run(work, deadline_s=WORK_WITHIN_S, name="backup")

    async def _look(self, look: Callable[[], T]) -> T:
        return await self._lookers.run(look, deadline_s=LOOK_WITHIN_S, name="backups")

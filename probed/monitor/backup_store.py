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

    def __init__(self, folder: BackupFolder, workers: Workers) -> None:
        self._folder, self._workers = folder, workers
        self.place = str(folder.folder)
        self.can_open = folder.seal.can_open_its_own

    async def known(self) -> Sequence[Backup]:
        return await self._run(self._folder.known, LOOK_WITHIN_S)

    async def get(self, name: str) -> Backup:
        return await self._run(lambda: self._folder.get(name), LOOK_WITHIN_S)

    async def take(self, now: datetime) -> Backup:
        return await self._run(lambda: self._folder.take(now), WORK_WITHIN_S)

    async def verify(self, backup: Backup) -> float:
        return await self._run(lambda: self._folder.verify(backup), WORK_WITHIN_S)

    async def remove(self, backup: Backup) -> None:
        await self._run(lambda: self._folder.remove(backup), LOOK_WITHIN_S)

    async def _run(self, work: Callable[[], T], deadline_s: float) -> T:
        return await self._workers.run(work, deadline_s=deadline_s, name="backup")

"""The ledger, as the gateway writes into it and looks up what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from probed.core.budget import Spent
from probed.core.model_call import ModelCall
from probed.ports import Monitor


@dataclass(frozen=True, slots=True)
class Payer:
    """For whom a call is made."""

    run_id: str
    inspection_id: str


class Books(Protocol):
    async def spent(self, payer: Payer, now: datetime) -> Spent:
        """Raises CannotPersist."""

    async def record(self, call: ModelCall) -> None:
        """Raises CannotPersist."""


class MonitorBooks:
    """Days and months are those of the host's own calendar."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    async def spent(self, payer: Payer, now: datetime) -> Spent:
        day = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        async with self._monitor.transaction() as tx:
            return await tx.model_calls.spent(payer.run_id, payer.inspection_id, day, day.replace(day=1))

    async def record(self, call: ModelCall) -> None:
        async with self._monitor.transaction() as tx:
            await tx.model_calls.add(call)

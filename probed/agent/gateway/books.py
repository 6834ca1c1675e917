"""The ledger, as the gateway writes into it and looks up what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from probed.core.budget import Spent
from probed.core.budget_period import day_of, month_of
from probed.core.model_call import ModelCall
from probed.ports import Monitor, Queries


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
    def __init__(self, monitor: Monitor, queries: Queries) -> None:
        self._monitor, self._queries = monitor, queries

    async def spent(self, payer: Payer, now: datetime) -> Spent:
        return await self._queries.spent(payer.run_id, payer.inspection_id, day_of(now), month_of(now))

    async def record(self, call: ModelCall) -> None:
        async with self._monitor.transaction() as tx:
            await tx.model_calls.add(call)

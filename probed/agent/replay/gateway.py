"""Ways to a model for a replay: the recording, or one model that is named."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime

from probed.agent.gateway.books import Payer
from probed.agent.gateway.gateway import Door, MessagesGateway, opened
from probed.agent.gateway.relay import Relay, Shared
from probed.agent.replay.playback import Playback
from probed.core.budget import Limits, Spent
from probed.core.investigation import Task
from probed.core.model_call import ModelCall
from probed.host.budget_board import BudgetBoard


class RecordedGateway:
    """Reaches nobody, and writes nothing down."""

    def __init__(self, playback: Playback, clock: Callable[[], datetime]) -> None:
        self._targets = playback.targets()
        self._shared = Shared(playback.answered, playback, _NoBooks(), clock, BudgetBoard())

    @contextlib.asynccontextmanager
    async def open(self, task: Task, deadline: float) -> AsyncIterator[Door]:
        payer = Payer(task.run_id, task.inspection.id)
        chosen = (self._targets[0].model, self._targets)
        async with opened(self._shared, payer, chosen, Limits(), deadline) as door:
            yield door

    async def model_of(self, task: Task) -> str:
        return self._targets[0].model

    async def check(self) -> tuple[bool, str]:
        return True, ""


class NamedModel:
    """One model of the daemon's own gateway, with its budgets and its ledger."""

    def __init__(self, gateway: MessagesGateway, model: str) -> None:
        self._gateway, self._model = gateway, model
        self.relay: Relay | None = None

    @contextlib.asynccontextmanager
    async def open(self, task: Task, deadline: float) -> AsyncIterator[Door]:
        try:
            async with self._gateway.open(task, deadline, self._model) as door:
                self.relay = door.relay
                yield door
        finally:
            self._gateway.exchanges_of(task.run_id)  # a replay is not recorded

    async def model_of(self, task: Task) -> str:
        return self._model

    async def check(self) -> tuple[bool, str]:
        return await self._gateway.check()


class _NoBooks:
    async def spent(self, payer: Payer, now: datetime) -> Spent:
        return Spent()

    async def record(self, call: ModelCall) -> None:
        return

"""The daemon's gateway to its models: a door of its own for each run, which closes with it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from probed.agent.gateway import servers
from probed.agent.gateway.books import Books
from probed.agent.gateway.door import open_door
from probed.agent.gateway.folder import private_folder
from probed.agent.gateway.purse import Payer, Purse
from probed.agent.gateway.relay import Pass, Relay, Shared
from probed.agent.gateway.target import Target
from probed.agent.gateway.upstream import Upstreams
from probed.config.agent import AgentSettings
from probed.core.breaker import BreakerFacts
from probed.core.budget import Limits
from probed.core.investigation import Task
from probed.errors import NoAnswer

URL = "http://gateway"
"""What a client calls the other end of its socket."""


@dataclass(frozen=True, slots=True)
class Door:
    socket: Path
    token: str
    model: str
    """That is asked first."""
    relay: Relay
    secrets: tuple[str, ...] = ()
    """The token, and the keys that the gateway holds: never to be seen in what is kept."""


class MessagesGateway:
    def __init__(
        self,
        settings: AgentSettings,
        books: Books,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`monotonic`: by which a server that is away is left alone for a while."""
        self._settings = settings
        self._upstreams = Upstreams(monotonic)
        self._shared = Shared(self._upstreams, Purse(books, clock), books, clock)

    @contextlib.asynccontextmanager
    async def open(self, task: Task, deadline: float) -> AsyncIterator[Door]:
        """`deadline` in monotonic seconds. Raises NoAnswer, ConfigError, OSError."""
        targets = await asyncio.to_thread(self.targets, task)
        token = secrets.token_urlsafe(24)
        payer = Payer(task.run_id, task.inspection.id)
        relay = Relay(self._shared, Pass(payer, token, targets, self._limits(task), deadline))
        async with private_folder() as folder:
            socket = folder / "messages.sock"
            async with open_door(socket, relay.answer):
                keys = {word for target in targets for word in target.upstream.secrets}
                yield Door(socket, token, targets[0].model, relay, (token, *keys))

    def targets(self, task: Task) -> Sequence[Target]:
        """Those that may answer, in this order. Blocking. Raises NoAnswer, ConfigError."""
        settings, tier = self._settings, task.inspection.agent.tier
        if tier == "local" and settings.local:
            return [Target(tier, settings.local.model, servers.local(settings.local), is_free=True)]
        return [Target(tier, self.model_of(task), servers.cloud(settings))]

    def model_of(self, task: Task) -> str:
        """That is asked first. Raises NoAnswer."""
        local, tier = self._settings.local, task.inspection.agent.tier
        models = {"small": self._settings.models.small, "large": self._settings.models.large}
        models |= {"local": local.model} if local else {}
        if tier not in models:
            raise NoAnswer(
                f"the inspection asks for the tier {tier!r}, which is not set up (there are: {', '.join(models)})"
            )
        return models[tier]

    def breakers(self, now: datetime) -> Sequence[BreakerFacts]:
        return self._upstreams.breakers(now)

    async def close(self) -> None:
        await self._upstreams.close()

    def _limits(self, task: Task) -> Limits:
        budget = self._settings.budget
        return Limits(
            call_usd=_or_endless(budget.call_usd),
            run_usd=task.budget_usd,
            inspection_usd=_or_endless(budget.inspection_usd),
            day_usd=_or_endless(budget.day_usd),
            month_usd=_or_endless(budget.month_usd),
        )


def _or_endless(usd: float | None) -> float:
    return math.inf if usd is None else usd

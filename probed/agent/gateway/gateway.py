"""The daemon's gateway to its models: a door of its own for each run, which closes with it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from probed.agent.gateway import servers
from probed.agent.gateway.attempts import answered
from probed.agent.gateway.books import Books, Payer
from probed.agent.gateway.door import open_door
from probed.agent.gateway.purse import Purse
from probed.agent.gateway.reach import problem_of
from probed.agent.gateway.relay import Pass, Relay, Shared
from probed.agent.gateway.tape import Tape
from probed.agent.gateway.target import Target
from probed.agent.gateway.upstream import Upstreams
from probed.agent.prices import price_of
from probed.agent.private_socket import private_folder
from probed.config.agent import AgentSettings, BackendName, BudgetSettings
from probed.core.breaker import BreakerFacts
from probed.core.budget import Limits, share_left
from probed.core.budget_raise import inspection_of, span_of
from probed.core.exchange import Exchange
from probed.core.finding import Finding, Severity
from probed.core.inspection import Inspection
from probed.core.investigation import Task
from probed.core.model_facts import ModelFacts, TierFacts
from probed.core.model_route import Choice, ModelPolicy, Rule, Situation
from probed.errors import ConfigError, NoAnswer
from probed.host.budget_board import BudgetBoard

NOBODY = Payer("", "")
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


class Gateway(Protocol):
    """A backend's way to models."""

    def open(self, task: Task, deadline: float) -> contextlib.AbstractAsyncContextManager[Door]:
        """`deadline` in monotonic seconds. Raises NoAnswer, ConfigError, OSError."""

    async def model_of(self, task: Task) -> str:
        """That is asked first. Raises NoAnswer."""

    async def check(self) -> tuple[bool, str]:
        """Whether a server could be asked, without a call that costs; and what is wrong with each that could not."""


class MessagesGateway:
    def __init__(
        self,
        settings: AgentSettings,
        books: Books,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        board: BudgetBoard | None = None,
    ) -> None:
        """`monotonic`: by which a server that is away is left alone for a while."""
        board = board or BudgetBoard()
        self.name: str = settings.backend
        self._settings, self._policy = settings, policy_of(settings)
        self._upstreams = Upstreams(monotonic)
        self._clock, self._board, self._purse = clock, board, Purse(books, clock, board.raises)
        self._shared = Shared(partial(answered, self._upstreams), self._purse, books, clock, board)
        self._tapes: dict[str, Tape] = {}

    @contextlib.asynccontextmanager
    async def open(self, task: Task, deadline: float, model: str = "") -> AsyncIterator[Door]:
        """`deadline` in monotonic seconds. `model`: a tier, or a model by its own name, that is asked whatever the
        policy says. Raises NoAnswer, ConfigError, OSError."""
        first, targets = await self._chosen(task, model)
        payer, limits = Payer(task.run_id, task.inspection.id), _limits_for(task, self._settings.budget)
        async with opened(self._shared, payer, (first, targets), limits, deadline) as door:
            self._tapes[task.run_id] = door.relay.tape
            yield door

    async def _chosen(self, task: Task, model: str) -> tuple[str, Sequence[Target]]:
        """The model that is wanted, and who is asked. Raises NoAnswer, ConfigError."""
        if model and model not in self._models():
            return model, [Target("asked for", model, await asyncio.to_thread(servers.cloud, self._settings))]
        choice, _ = await self.explain(task.inspection, _worst(task.findings))
        tiers = (model,) if model else choice.tiers
        return self._model(tiers[0]), await asyncio.to_thread(self._targets, tiers)

    async def facts(self) -> ModelFacts:
        spent, budget = await self._purse.spent(NOBODY), self._settings.budget
        limits = replace(limits_of(budget, math.inf), question_usd=_or_endless(budget.question_usd))
        holds = [each for each in self._board.raises() if self._clock() < each.until]
        return ModelFacts(tuple(self._tiers()), limits, spent, tuple(holds))

    async def left_of(self, budget: str) -> float:
        payer, span = Payer("", inspection_of(budget)), span_of(budget)
        if span is None:
            return math.inf
        return self._limits(payer).of(span) - (await self._purse.settled(payer)).of(span)

    def is_stopped(self, inspection_id: str) -> bool:
        return any(inspection_of(stop.budget) in ("", inspection_id) for stop in self._board.stops())

    def breakers(self, now: datetime) -> Sequence[BreakerFacts]:
        return self._upstreams.breakers(now)

    def _limits(self, payer: Payer, run_usd: float = math.inf) -> Limits:
        return self._purse.limits(payer, limits_of(self._settings.budget, run_usd))

    def _tiers(self) -> Iterator[TierFacts]:
        settings, local = self._settings, self._settings.local
        server = settings.base_url or servers.ANTHROPIC_URL
        for tier, model in (("small", settings.models.small), ("large", settings.models.large)):
            price = price_of(model)
            yield TierFacts(tier, model, server, price.input_usd, price.output_usd)
        if local:
            yield TierFacts("local", local.model, local.base_url, 0.0, 0.0)

    async def explain(self, inspection: Inspection, severity: Severity | None) -> tuple[Choice, float]:
        payer = Payer("", inspection.id)
        left = share_left(self._limits(payer), await self._purse.spent(payer))
        return self._policy.choose(Situation(inspection.id, inspection.agent.tier, severity, left)), left

    async def model_of(self, task: Task) -> str:
        """That is asked first. Raises NoAnswer."""
        choice, _ = await self.explain(task.inspection, _worst(task.findings))
        return self._model(choice.tiers[0])

    def _targets(self, tiers: Sequence[str]) -> Sequence[Target]:
        """Blocking. Raises NoAnswer, and ConfigError where none of them can be asked; a program of somebody else's may
        have a way of its own."""
        found, errors = list[Target](), list[ConfigError]()
        for tier in tiers:
            try:
                found.append(self._target(tier))
            except ConfigError as error:
                errors.append(error)
        if not found and self.name != "command":
            raise errors[0]
        return found

    def _target(self, tier: str) -> Target:
        model, local = self._model(tier), self._settings.local
        if tier == "local" and local:
            return Target(tier, model, servers.local(local), is_free=True)
        return Target(tier, model, servers.cloud(self._settings))

    def _models(self) -> Mapping[str, str]:
        """By tier."""
        models, local = self._settings.models, self._settings.local
        return {"small": models.small, "large": models.large, **({"local": local.model} if local else {})}

    def _model(self, tier: str) -> str:
        models = self._models()
        if tier not in models:
            raise NoAnswer(f"the tier {tier!r} is asked for, which is not set up (there are: {', '.join(models)})")
        return models[tier]

    def exchanges_of(self, run_id: str) -> tuple[Exchange, ...]:
        tape = self._tapes.pop(run_id, None)
        return tape.exchanges if tape else ()

    def of_backend(self, name: BackendName) -> MessagesGateway:
        """The same, as another backend uses it: with its own key or login."""
        other = copy(self)
        other.name, other._settings = name, replace(self._settings, backend=name)
        return other

    async def check(self) -> tuple[bool, str]:
        tiers = ("small", *(("local",) if self._settings.local else ()))
        problems = [each for tier in tiers if (each := await self._problem(tier))]
        return len(problems) < len(tiers), "; ".join(problems)

    async def _problem(self, tier: str) -> str:
        try:
            target = await asyncio.to_thread(self._target, tier)
        except ConfigError as error:
            return str(error)
        remedy = f"; type: {servers.SETUP}" if target.upstream.is_login else ""
        return await problem_of(self._upstreams, target.upstream, target.model, remedy)

    async def close(self) -> None:
        await self._upstreams.close()


@contextlib.asynccontextmanager
async def opened(
    shared: Shared, payer: Payer, chosen: tuple[str, Sequence[Target]], limits: Limits, deadline: float
) -> AsyncIterator[Door]:
    """The door of one run. `chosen`: the model that is wanted, and the targets that are asked. Raises OSError."""
    model, targets = chosen
    token = secrets.token_urlsafe(24)
    relay = Relay(shared, Pass(payer, token, targets, limits, deadline))
    async with private_folder() as folder:
        socket = folder / "messages.sock"
        async with open_door(socket, relay.answer):
            keys = {word for target in targets for word in target.upstream.secrets}
            yield Door(socket, token, model, relay, (token, *keys))


def _limits_for(task: Task, budget: BudgetSettings) -> Limits:
    """What is over is named after what was asked."""
    if task.asked:
        return replace(limits_of(budget, math.inf), question_usd=task.budget_usd)
    return limits_of(budget, task.budget_usd)


def limits_of(budget: BudgetSettings, run_usd: float) -> Limits:
    return Limits(
        call_usd=_or_endless(budget.call_usd),
        run_usd=run_usd,
        inspection_usd=_or_endless(budget.inspection_usd),
        day_usd=_or_endless(budget.day_usd),
        month_usd=_or_endless(budget.month_usd),
    )


def policy_of(settings: AgentSettings) -> ModelPolicy:
    rules = tuple(
        Rule(
            route.tier,
            route.inspections,
            route.severity,
            None if route.budget_left_below is None else route.budget_left_below / 100,
        )
        for route in settings.routes
    )
    return ModelPolicy(rules, settings.fallback)


def _or_endless(usd: float | None) -> float:
    return math.inf if usd is None else usd


def _worst(findings: Sequence[Finding]) -> Severity | None:
    return max((finding.severity for finding in findings), key=lambda each: each.rank, default=None)

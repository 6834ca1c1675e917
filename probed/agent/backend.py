"""The backend that the settings ask for; without one nothing of the agent is loaded."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from probed.config.agent import AgentSettings, BackendName
from probed.core.inspection import Inspection
from probed.core.investigation import Task
from probed.core.recording import Recording
from probed.core.replay import Heard
from probed.ports import NO_TRACES, Models, Queries, Tracer, Workers

if TYPE_CHECKING:
    from probed.agent.gateway.books import Books
    from probed.agent.gateway.gateway import Gateway
    from probed.agent.probes.metric_history import Points
    from probed.agent.queued import Backend, QueuedAgent
    from probed.agent.replay.replayer import Replayer
    from probed.agent.sandbox.choice import Sandboxes
    from probed.host.budget_board import BudgetBoard


BackendOf = Callable[[str, "Gateway"], "Backend"]
"""By its name, with its way to models."""


def build_agent(
    settings: AgentSettings,
    *,
    workers: Workers,
    points: Points,
    books: Books,
    clock: Callable[[], datetime],
    state_dir: Path,
    tracer: Tracer = NO_TRACES,
    board: BudgetBoard | None = None,
    past: Queries | None = None,
    inspections: Callable[[], Iterable[Inspection]] = tuple,
) -> QueuedAgent | None:
    """None for the backend `none`. `books` is where it is written what models cost, `board` where it is noted that a
    budget stopped one; `points` is how metric_history reads the monitor, `past` what the probes of the past read there;
    `inspections` are those in force, whose checks name what may be asked over the network; `state_dir` is the daemon's
    own folder, in which the Claude CLI gets a private one for each run. The first
    investigation ends what an earlier process left there, so only the daemon that holds the folder's lock may
    investigate; `check` is free to all."""
    if settings.backend == "none":
        return None
    from probed.agent.gateway.gateway import MessagesGateway
    from probed.agent.lineup import Lineup
    from probed.agent.probes.reach import Reach
    from probed.agent.probes.registry import all_probes
    from probed.agent.queued import QueuedAgent
    from probed.agent.sandbox.choice import Sandboxes
    from probed.agent.veil import hiding_of

    gateway = MessagesGateway(settings, books, clock, board=board)
    sandboxes = Sandboxes(settings, state_dir)
    names = (settings.backend, *settings.next)
    lineup = Lineup([_backend(name, settings, gateway.of_backend(name), sandboxes) for name in names])
    return QueuedAgent(
        lineup,
        all_probes(points, past, Reach(settings.probes, inspections)),
        workers,
        concurrency=settings.concurrency,
        deadline_s=settings.deadline_s,
        tracer=tracer,
        models=gateway,
        preflight=lineup,
        hiding=hiding_of(settings.redaction),
    )


def build_replays(
    settings: AgentSettings,
    *,
    workers: Workers,
    points: Points,
    clock: Callable[[], datetime],
    state_dir: Path,
    models: Models | None,
    past: Queries | None = None,
) -> Replays:
    """`models`: those of the agent that is configured; the rest as for `build_agent`. Nothing is loaded before the
    first replay."""

    def replayer() -> Replayer:
        from probed.agent.gateway.gateway import MessagesGateway
        from probed.agent.probes.registry import all_probes
        from probed.agent.replay.replayer import Replayer
        from probed.agent.sandbox.choice import Sandboxes
        from probed.agent.veil import hiding_of

        return Replayer(
            lambda name, gateway: _backend(cast(BackendName, name), settings, gateway, Sandboxes(settings, state_dir)),
            all_probes(points, past),
            workers,
            hiding_of(settings.redaction),
            settings.deadline_s,
            clock,
            models if isinstance(models, MessagesGateway) else None,
        )

    return Replays(replayer)


class Replays:
    """Implements `ports.Replaying`."""

    def __init__(self, replayer: Callable[[], Replayer]) -> None:
        self._replayer = replayer

    async def replay(self, task: Task, recording: Recording, *, model: str, in_order: bool) -> Heard:
        replayer = await asyncio.to_thread(self._replayer)
        if model:
            return await replayer.live(task, recording, model)
        return await replayer.recorded(task, recording, in_order=in_order)


def _backend(name: BackendName, settings: AgentSettings, gateway: Gateway, sandboxes: Sandboxes) -> Backend:
    settings = replace(settings, backend=name)
    if name == "claude":
        from probed.agent.claude_cli import ClaudeCli

        return ClaudeCli(settings, gateway, sandboxes)
    if name == "command" and settings.command:
        from probed.agent.command_program import CommandProgram

        return CommandProgram(settings, settings.command, gateway, sandboxes)
    from probed.agent.messages_api import MessagesApi

    return MessagesApi(settings, gateway)

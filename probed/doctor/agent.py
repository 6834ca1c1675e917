from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from probed.agent.gateway.books import Payer
from probed.config.defaults import resolved
from probed.config.settings import Settings
from probed.core.budget import Spent
from probed.core.model_call import ModelCall
from probed.core.trend import Point
from probed.doctor.line import Answer, fails, passes, warns
from probed.errors import CortexError

DEADLINE_S = 30.0


def agent(settings: Settings) -> Answer:
    backend = settings.agent.backend
    if backend == "none":
        return passes("none: rules decide alone")
    try:
        is_ready, detail, in_force = asyncio.run(_ask(settings))
    except (CortexError, TimeoutError) as error:
        is_ready, detail, in_force = False, str(error) or f"no answer within {DEADLINE_S:g} s", backend
    if is_ready and in_force != backend:
        words, _, command = detail.partition("; type: ")
        return warns(words, command or f"mend {backend}; until then {in_force} stands in")
    if is_ready:
        return passes(detail if settings.agent.next else f"{backend}: {detail}")
    words, _, command = detail.partition("; type: ")
    return fails(f"{backend}: {words}", command or "mend it, or carry on without a model: agent.backend: none")


async def _ask(settings: Settings) -> tuple[bool, str, str]:
    """Also the name of the backend that is in force."""
    from probed.agent.backend import build_agent
    from probed.daemon.workers import WorkerPool

    workers = WorkerPool(1)
    try:
        async with asyncio.timeout(DEADLINE_S):
            state_dir = resolved(settings.monitor.path).parent
            built = build_agent(
                settings.agent,
                workers=workers,
                points=_no_points,
                books=_NoBooks(),
                clock=lambda: datetime.now(UTC),
                state_dir=state_dir,
            )
            try:
                return (*await built.check(), built.in_force) if built else (True, "", "none")
            finally:
                if built:
                    await built.close()
    finally:
        workers.close()


async def _no_points(check: str, object_: str, since: datetime, until: datetime, width_s: float) -> Sequence[Point]:
    """Nothing is investigated here."""
    return ()


class _NoBooks:
    async def spent(self, payer: Payer, now: datetime) -> Spent:
        return Spent()

    async def record(self, call: ModelCall) -> None:
        """No model is called here."""

"""Questions of assistants that people bring: answered by the read-only probes, and who asked stands in the record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from probed.core.assistant import ProbeAnswer, ProbeFacts
from probed.core.redaction import mask_within
from probed.engine.audit import audit
from probed.errors import NotFound, Overloaded
from probed.ports import Actor, Monitor, Probing

MOST_AT_ONCE = 2
MOST_WAITING = 8


class Assistance:
    """Implements `ports.Assistants`."""

    def __init__(self, probing: Probing, monitor: Monitor) -> None:
        self._probing, self._monitor = probing, monitor
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._waiting = 0

    async def probes(self) -> Sequence[ProbeFacts]:
        return await self._probing.listed()

    async def probe(self, session: str, name: str, arguments: Mapping[str, object], by: Actor) -> ProbeAnswer:
        if name not in {each.name for each in await self._probing.listed()}:
            raise NotFound(f"there is no probe {name!r}")
        if self._waiting >= MOST_WAITING:
            raise Overloaded("too many questions of assistants wait already; ask again in a moment")
        self._waiting += 1
        try:
            async with self._places:
                told = mask_within(arguments)  # the record is for good, and many may read it
                async with self._monitor.transaction() as tx:
                    await audit(tx, by, name, f"asked the probe {name}", {"arguments": told})
                return await self._probing.ask(f"{by.name} {session}", name, arguments)
        finally:
            self._waiting -= 1

"""The probes, for assistants that people bring: loaded when the first of them asks."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from probed.agent.places import FewPlaces
from probed.config.agent import AgentSettings
from probed.core.assistant import ProbeAnswer, ProbeFacts
from probed.core.inspection import Inspection
from probed.ports import Queries, Workers

if TYPE_CHECKING:
    from probed.agent.probes.metric_history import Points
    from probed.agent.probes.probe import Probe
    from probed.agent.toolbox import Toolbox

MOST_SESSIONS = 4
"""Each keeps where long answers go on; the one that was asked in longest ago makes room."""


class AssistantProbes:
    """Implements `ports.Probing`."""

    def __init__(self, probes: Callable[[], Sequence[Probe[Any]]], workers: Workers) -> None:
        """`probes` may take its time: it is called beside the event loop, and once."""
        self._load, self._workers = probes, workers
        self._probes: Sequence[Probe[Any]] = ()
        self._loading = asyncio.Lock()
        self._sessions: OrderedDict[str, Toolbox] = OrderedDict()

    async def listed(self) -> Sequence[ProbeFacts]:
        tools = (await self._toolbox("")).tools()
        return [ProbeFacts(tool.name, tool.description, tool.schema) for tool in tools]

    async def ask(self, session: str, name: str, arguments: object) -> ProbeAnswer:
        answer = await (await self._toolbox(session)).call(name, arguments)
        return ProbeAnswer(answer.told, answer.failed)

    async def _toolbox(self, session: str) -> Toolbox:
        from probed.agent.toolbox import MAX_CALLS, Toolbox

        async with self._loading:
            if not self._probes:
                self._probes = await asyncio.to_thread(self._load)
        known = self._sessions.pop(session, None)
        if known is None or len(known.evidence) >= MAX_CALLS:
            known = Toolbox(self._probes, self._workers, math.inf)
        self._sessions[session] = known
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return known


def build_assistant_probes(
    settings: AgentSettings,
    workers: Workers,
    points: Points,
    past: Queries,
    inspections: Callable[[], Iterable[Inspection]],
) -> AssistantProbes:
    """The same as the model of an investigation has, whether or not one is configured."""

    def load() -> Sequence[Probe[Any]]:
        from probed.agent.probes.reach import Reach
        from probed.agent.probes.registry import all_probes

        return all_probes(points, past, Reach(settings.probes, inspections))

    return AssistantProbes(load, FewPlaces(workers))

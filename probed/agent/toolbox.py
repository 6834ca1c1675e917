"""The probes of one run, and the record of what was asked through them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from probed.agent.probes.probe import DEADLINE_S, Probe
from probed.core.investigation import Evidence
from probed.core.redaction import mask
from probed.errors import CortexError, NotHere
from probed.ports import NO_TRACES, Tracer, Workers

MAX_CALLS = 100
"""A run that asks more often gets no more answers; it bounds the evidence."""


@dataclass(frozen=True, slots=True)
class Tool:
    """What a model is told of a probe."""

    name: str
    description: str
    schema: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    text: str
    failed: bool = False


log = logging.getLogger(__name__)


class Toolbox:
    """`deadline` in monotonic seconds: no probe is waited for longer."""

    def __init__(
        self, probes: Iterable[Probe[Any]], workers: Workers, deadline: float, tracer: Tracer = NO_TRACES
    ) -> None:
        self._probes = {probe.name: probe for probe in probes}
        self._workers, self._deadline = workers, deadline
        self._tracer, self._trace = tracer, tracer.here()
        self._evidence: list[Evidence] = []
        self._calls = 0

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(self._evidence)

    def tools(self) -> tuple[Tool, ...]:
        return tuple(Tool(probe.name, probe.description, probe.schema()) for probe in self._probes.values())

    async def call(self, name: str, arguments: object) -> ToolAnswer:
        """Never raises for what the model did wrong or the host did not tell: that is an answer too."""
        self._calls += 1
        if self._calls > MAX_CALLS:
            return ToolAnswer(
                f"no more than {MAX_CALLS} questions in one investigation; hand in the report", failed=True
            )
        answer = _presentable(await self._ask(name, arguments))
        self._record(name, arguments, answer)
        return answer

    async def _ask(self, name: str, arguments: object) -> ToolAnswer:
        probe = self._probes.get(name)
        if probe is None:
            return ToolAnswer(f"there is no probe {name!r} (there are: {', '.join(self._probes)})", failed=True)
        left_s = min(DEADLINE_S, self._deadline - time.monotonic())
        if left_s <= 0:
            return ToolAnswer("the time of this investigation is over", failed=True)
        facts = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "gen_ai.tool.type": "function"}
        with self._tracer.span(f"execute_tool {name}", facts, parent=self._trace):
            answer = await self._answer(probe, arguments, left_s)
            if answer.failed:
                self._tracer.fail("failed")
            return answer

    async def _answer(self, probe: Probe[Any], arguments: object, left_s: float) -> ToolAnswer:
        try:
            table = await probe.answer(arguments, self._workers, left_s)
        except NotHere as error:
            return ToolAnswer(f"this host does not have it, or the daemon may not see it: {error}", failed=True)
        except (CortexError, OSError) as error:
            return ToolAnswer(str(error), failed=True)
        except Exception as error:
            log.exception("probe %s is broken", probe.name)
            return ToolAnswer(f"the probe is broken: {type(error).__name__}", failed=True)
        return ToolAnswer(await asyncio.to_thread(table.render))

    def _record(self, name: str, arguments: object, answer: ToolAnswer) -> None:
        asked = arguments if isinstance(arguments, dict) else {}
        digest = hashlib.sha256(answer.text.encode()).hexdigest()
        self._evidence.append(Evidence(name, asked, answer.text, digest, answer.failed))


def _presentable(answer: ToolAnswer) -> ToolAnswer:
    """A model can quote half a character back at us, and what a program says of its failure may hold a secret. (In an
    answer that is a table the cells are masked already.)"""
    text = answer.text.encode(errors="replace").decode()
    return replace(answer, text=mask(text) if answer.failed else text)

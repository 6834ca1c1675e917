"""The probes of one run, and the record of what was asked through them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from probed.agent.frame import framed
from probed.agent.probes.cursors import CURSOR, Cursors, GoingOn
from probed.agent.probes.page import cursor_of, failure_of, page_of
from probed.agent.probes.probe import DEADLINE_S, Probe
from probed.agent.probes.table import Table
from probed.agent.veil import Veil
from probed.core.inquiry import Looked, Tell, nobody
from probed.core.investigation import Evidence
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

    @property
    def told(self) -> str:
        """As a model gets it."""
        return framed("The probe's answer", self.text)


log = logging.getLogger(__name__)


class Toolbox:
    """`deadline` in monotonic seconds: no probe is waited for longer."""

    def __init__(
        self,
        probes: Iterable[Probe[Any]],
        workers: Workers,
        deadline: float,
        tracer: Tracer = NO_TRACES,
        tell: Tell = nobody,
        veil: Veil | None = None,
    ) -> None:
        """`tell` hears of each answer, and of what else happens in the run. `veil`: of the run that it belongs to;
        without one only credentials are masked."""
        self._probes = {probe.name: probe for probe in probes}
        self._workers, self._deadline = workers, deadline
        self._tracer, self._trace, self.tell = tracer, tracer.here(), tell
        self._veil = veil or Veil()
        self._evidence: list[Evidence] = []
        self._cursors = Cursors()
        self._calls = 0

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(self._evidence)

    def tools(self) -> tuple[Tool, ...]:
        return tuple(Tool(probe.name, probe.description, probe.outline()) for probe in self._probes.values())

    async def call(self, name: str, arguments: object) -> ToolAnswer:
        """Never raises for what the model did wrong or the host did not tell: that is an answer too."""
        self._calls += 1
        evidence = f"e{self._calls}"
        if self._calls > MAX_CALLS:
            reason = f"no more than {MAX_CALLS} questions in one investigation; hand in the report"
            return self._failure(evidence, reason)
        answer = await self._ask(evidence, name, self._veil.reveal_within(arguments))
        self._record(evidence, name, arguments, answer)
        self.tell(Looked(evidence, name, self._evidence[-1].arguments, answer.failed))
        return answer

    async def _ask(self, evidence: str, name: str, arguments: object) -> ToolAnswer:
        probe = self._probes.get(name)
        if probe is None:
            return self._failure(evidence, f"there is no probe {name!r} (there are: {', '.join(self._probes)})")
        left_s = min(DEADLINE_S, self._deadline - time.monotonic())
        if left_s <= 0:
            return self._failure(evidence, "the time of this investigation is over")
        facts = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "gen_ai.tool.type": "function"}
        with self._tracer.span(f"execute_tool {name}", facts, parent=self._trace):
            answer = await self._answer(evidence, probe, arguments, left_s)
            if answer.failed:
                self._tracer.fail("failed")
            return answer

    async def _answer(self, evidence: str, probe: Probe[Any], arguments: object, left_s: float) -> ToolAnswer:
        try:
            return await self._page(evidence, probe, arguments, left_s)
        except NotHere as error:
            return self._failure(evidence, f"this host does not have it, or the daemon may not see it: {error}")
        except (CortexError, OSError) as error:
            return self._failure(evidence, str(error))
        except Exception as error:
            log.exception("probe %s is broken", probe.name)
            return self._failure(evidence, f"the probe is broken: {type(error).__name__}")

    async def _page(self, evidence: str, probe: Probe[Any], arguments: object, left_s: float) -> ToolAnswer:
        asked = dict(arguments) if isinstance(arguments, Mapping) else {}
        if asked.get(CURSOR):
            begun = self._cursors.find(probe.name, asked)
            first, table = begun.arguments, await self._next(begun, left_s)
        else:
            asked.pop(CURSOR, None)
            table = await probe.answer(asked if isinstance(arguments, Mapping) else arguments, self._workers, left_s)
            first = probe.with_defaults(asked)
        page = await asyncio.to_thread(page_of, replace(table, hide=self._veil.hide), evidence)
        if page.rest:
            self._cursors.keep(cursor_of(evidence), GoingOn(probe.name, first, page.rest))
        return ToolAnswer(page.text)

    async def _next(self, begun: GoingOn, left_s: float) -> Table:
        """The rows at hand, or what comes after them."""
        look = begun.rest.more
        if begun.rest.rows or look is None:
            return begun.rest
        found = await self._workers.run(look, deadline_s=left_s, name=f"probe {begun.probe}")
        return replace(found, skipped=begun.rest.skipped)

    def _record(self, evidence: str, name: str, arguments: object, answer: ToolAnswer) -> None:
        asked = arguments if isinstance(arguments, dict) else {}
        digest = hashlib.sha256(answer.text.encode()).hexdigest()
        self._evidence.append(Evidence(evidence, name, asked, answer.text, digest, answer.failed))

    def _failure(self, evidence: str, reason: str) -> ToolAnswer:
        return ToolAnswer(failure_of(reason, evidence, self._veil.hide), failed=True)

"""The agent that the engine sees: a backend, with a bound on how many investigations are under way at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from probed.agent.places import FewPlaces
from probed.agent.probes.probe import Probe
from probed.agent.toolbox import Toolbox
from probed.agent.veil import NOTHING, Veil
from probed.core.agent_trouble import AgentTrouble
from probed.core.breaker import BreakerFacts, Patience
from probed.core.exchange import Passed
from probed.core.inquiry import Tell, nobody
from probed.core.investigation import Answer, Evidence, Task, Usage
from probed.core.pseudonyms import Hiding
from probed.errors import HostFailed, NoAnswer
from probed.host.circuit import Circuit
from probed.ports import NO_TRACES, Asking, Facts, Models, Preflight, Tracer, Workers

PATIENCE = Patience(failures=3, first_pause_s=30.0, longest_pause_s=300.0)
"""With a model that is away: an attempt can cost its whole budget, and each run that waits for one comes late."""
MARGIN_S = 10.0
"""How long after its deadline an attempt may still end."""


class Backend(Protocol):
    """What drives a model: one implementation for each way to reach one."""

    @property
    def name(self) -> str: ...

    async def model_of(self, task: Task) -> str:
        """The name of the model that it would ask. Raises NoAnswer."""

    async def investigate(self, task: Task, toolbox: Toolbox, deadline: float) -> Answer:
        """Within `deadline` (monotonic seconds). Raises NoAnswer; its cost is what was spent, or the whole reserve
        where nobody can tell. `toolbox.tell` gets the words of an answer in words as they come."""

    def describe(self) -> str:
        """What is configured; asks nobody."""

    async def check(self) -> tuple[bool, str]:
        """Whether a call could be made, without making one; and what to do where it could not."""


class QueuedAgent:
    """Waiting for a place counts against the task's deadline; `deadline_s` holds for the call itself."""

    def __init__(
        self,
        backend: Backend,
        probes: Sequence[Probe[Any]],
        workers: Workers,
        *,
        concurrency: int,
        deadline_s: float,
        clock: Callable[[], float] = time.monotonic,
        tracer: Tracer = NO_TRACES,
        models: Models | None = None,
        preflight: Preflight | None = None,
        hiding: Hiding = NOTHING,
    ) -> None:
        """`models`: those behind the backend; `preflight`: whether they can be asked. `hiding`: what leaves under
        another name. `clock`: by which a model that is away is left alone for a while."""
        self.name, self.models, self._preflight = backend.name, models, preflight
        self._backend, self._probes, self._workers = backend, tuple(probes), FewPlaces(workers)
        self._places = asyncio.Semaphore(concurrency)
        self._deadline_s, self._tracer = deadline_s, tracer
        self._circuit = Circuit("the model", clock, PATIENCE)
        self._hiding = hiding
        self._known = ""
        """What the last check or investigation told of the backend's state."""

    async def investigate(self, task: Task) -> Answer:
        return await self._ask(task, self._allowed(task))

    async def advise(self, task: Task) -> Answer:
        """All that counts stands in the question: no probe is offered."""
        return await self._ask(task, ())

    async def compare(self, task: Task) -> Answer:
        """What its probes show stands in the task: none is offered."""
        return await self._ask(task, ())

    async def look(self, questions: Sequence[Asking], deadline_s: float) -> Sequence[Evidence]:
        toolbox = Toolbox(self._probes, self._workers, time.monotonic() + deadline_s, self._tracer)
        for probe, arguments in questions:
            await toolbox.call(probe, arguments)
        return toolbox.evidence

    async def ask(self, task: Task, tell: Tell) -> Answer:
        return await self._ask(task, self._probes, tell)

    def _allowed(self, task: Task) -> Sequence[Probe[Any]]:
        """Those that the document lets the model ask."""
        allowed = task.inspection.agent.probes
        return self._probes if allowed is None else [each for each in self._probes if each.name in allowed]

    async def _ask(self, task: Task, probes: Sequence[Probe[Any]], tell: Tell = nobody) -> Answer:
        purpose = _purpose_of(task)
        with self._tracer.span(f"invoke_agent {purpose}", _of_call(purpose, self.name)):
            try:
                self._tracer.tell({"gen_ai.request.model": await self._backend.model_of(task)})
                answer = await self._answer(task, probes, tell)
            except NoAnswer as failure:
                self._tracer.tell({"cortex.cost_usd": failure.cost_usd})
                self._tracer.fail("over_budget" if failure.over_budget else "no_answer")
                raise
            self._tracer.tell({"cortex.cost_usd": answer.cost_usd, **_of_usage(answer.usage)})
            return answer

    async def _answer(self, task: Task, probes: Sequence[Probe[Any]], tell: Tell) -> Answer:
        ends_at = time.monotonic() + task.deadline_s
        if task.budget_usd <= 0:
            whose = "agent.budget.question_usd" if task.asked else "the inspection"
            raise NoAnswer(f"{whose} gives no budget", over_budget=True)
        await self._take_place(task, ends_at)
        self._tracer.happened("place taken")
        try:
            begins_at = time.monotonic()
            deadline = min(ends_at, begins_at + self._deadline_s)
            left = replace(task, deadline_s=round(deadline - begins_at, 1))
            return await self._attempt(left, probes, deadline, tell)
        finally:
            self._places.release()

    async def _attempt(self, task: Task, probes: Sequence[Probe[Any]], deadline: float, tell: Tell) -> Answer:
        """Unless the model is left alone: then nobody is asked, and nothing is spent. What leaves passes the run's
        veil, whichever the backend, and so does what comes back."""
        try:
            self._circuit.begin(deadline - time.monotonic() + MARGIN_S)
        except HostFailed as error:
            raise NoAnswer(str(error)) from None
        veil = Veil(self._hiding)
        told = veil.telling(tell)
        toolbox = Toolbox(probes, self._workers, deadline, self._tracer, told, veil)
        try:
            hidden = await asyncio.to_thread(veil.hide_task, task)
            answer = await self._backend.investigate(hidden, toolbox, deadline)
        except NoAnswer as failure:
            failure.evidence, failure.passed = toolbox.evidence, self._passed(task, veil)
            veil.reveal_failure(failure)
            failure.is_told |= failure.over_budget and self._is_stopped(task)
            self._known = f"the last investigation gave no answer: {failure.reason}"
            self._circuit.fail(failure.reason) if failure.is_away else self._circuit.succeed()
            raise
        except BaseException:
            self._passed(task, veil)  # nobody wants them any more
            self._circuit.abandon()
            raise
        finally:
            told.finish()
        self._known = "the last investigation gave an answer"
        self._circuit.succeed()
        return replace(veil.reveal_answer(answer), passed=self._passed(task, veil))

    def _passed(self, task: Task, veil: Veil) -> Passed:
        exchanges = self.models.exchanges_of(task.run_id) if self.models else ()
        return Passed(exchanges, self._backend.name, veil.nonce)

    def _is_stopped(self, task: Task) -> bool:
        """By a budget that others share, of which a person is told."""
        return self.models is not None and self.models.is_stopped(task.inspection.id)

    def breaker(self, now: datetime) -> BreakerFacts:
        return self._circuit.facts("model", now)

    async def close(self) -> None:
        """End the connections to models that are kept."""
        if self.models:
            await self.models.close()

    def describe(self) -> str:
        """One line for `status`; asks nobody."""
        return f"{self._backend.describe()}; {self._known}" if self._known else self._backend.describe()

    @property
    def in_force(self) -> str:
        """The backend that is asked now."""
        return self._backend.name

    async def check(self) -> tuple[bool, str]:
        """For `doctor`, and once at start: whether a call could be made, without making one."""
        is_ready, text = await self._backend.check()
        self._known = text
        return is_ready, text

    async def troubles(self) -> Sequence[AgentTrouble]:
        """Whether models can be asked, by those whose turn it is; what can is asked at once."""
        troubles = await self._preflight.troubles() if self._preflight else ()
        if not any(not each.stands_in for each in troubles):
            self._circuit.permit()
        return troubles

    async def until_due(self) -> None:
        if self._preflight:
            await self._preflight.until_due()

    async def _take_place(self, task: Task, ends_at: float) -> None:
        try:
            async with asyncio.timeout_at(ends_at):
                await self._places.acquire()
        except TimeoutError:
            raise NoAnswer(f"no place was free within {task.deadline_s:g} s: other investigations go on") from None


def _purpose_of(task: Task) -> str:
    if task.asked:
        return "question"
    if task.question:
        return "advice"
    return "recall" if task.doubts else "investigation"


def _of_call(purpose: str, backend: str) -> Facts:
    """By OpenTelemetry's conventions for generative AI, as far as they go."""
    return {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": purpose,
        "gen_ai.provider.name": "anthropic",
        "cortex.agent.backend": backend,
    }


def _of_usage(usage: Usage) -> Facts:
    tokens = {"gen_ai.usage.input_tokens": usage.input_tokens, "gen_ai.usage.output_tokens": usage.output_tokens}
    return {**tokens, "gen_ai.response.model": usage.model} if usage.model else tokens

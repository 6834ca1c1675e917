"""What a model says of a run, where the document asks for it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from probed.core.evidence_gate import Cause, LeftOpen, Passage, carried_findings, is_whole
from probed.core.exchange import NOTHING
from probed.core.finding import Finding
from probed.core.inspection import AgentWhen, Inspection
from probed.core.investigation import Answer, Task
from probed.core.report import Verdict
from probed.core.run import Run
from probed.core.text import storable
from probed.core.transcript import TranscriptKind
from probed.engine.costs import Costs
from probed.engine.gate import EvidenceGate
from probed.engine.injections import guarded, is_attempt, read_attempts
from probed.engine.looking import CheckResult
from probed.engine.memory_check import Checked, MemoryCheck
from probed.engine.transcripts import keep_evidence, keep_transcript
from probed.errors import CortexError, NoAnswer
from probed.ports import Agent, Monitor

log = logging.getLogger("cortex.inspect")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What came of asking the model. Where the document does not want it, or none is configured, nobody asks."""

    is_wanted: bool = False
    answer: Answer | None = None
    failure: NoAnswer | None = None
    attempts: tuple[Finding, ...] = ()
    """To lead the model by text of the host that it has read."""
    passage: Passage | None = None
    """Whether and why it was asked; None: no question was left."""
    spent_usd: float = 0.0
    """Before the answer, on what did not settle it."""

    @property
    def carried_from(self) -> str:
        """The run whose answer it is, where nobody was asked again; else empty."""
        return self.answer.run_id if self.answer and self.passage and not self.passage.asks else ""

    @property
    def was_formed_anew(self) -> bool:
        """A model was asked in this run."""
        came = self.answer or self.failure
        return came is not None and bool(came.passed.backend)

    @property
    def is_known(self) -> bool:
        return self.answer is not None and self.answer.verdict is not Verdict.UNKNOWN

    @property
    def cost_usd(self) -> float:
        if self.answer:
            return self.spent_usd + self.answer.cost_usd
        return self.spent_usd + (self.failure.cost_usd if self.failure else 0.0)


@dataclass(frozen=True, slots=True)
class Opinions:
    monitor: Monitor
    agent: Agent | None
    gate: EvidenceGate
    memories: MemoryCheck
    costs: Costs

    async def form(
        self,
        run: Run,
        inspection: Inspection,
        results: Sequence[CheckResult],
        findings: Sequence[Finding],
        deadline_s: float,
    ) -> Opinion:
        """Never raises for the model's sake: what the checks found is told whatever breaks."""
        try:
            return await self._formed(run, inspection, results, findings, deadline_s)
        except Exception as error:
            log.exception("inspection %s: no opinion was formed", inspection.id)
            return Opinion(is_wanted=True, failure=NoAnswer(reason_of(error), await self.costs.of(run.id)))

    async def _formed(
        self,
        run: Run,
        inspection: Inspection,
        results: Sequence[CheckResult],
        findings: Sequence[Finding],
        deadline_s: float,
    ) -> Opinion:
        when = inspection.agent.when
        left = None if when is AgentWhen.NEVER else await self.gate.left_open(inspection, results, findings)
        if when is AgentWhen.NEVER or (left is None and when is not AgentWhen.ALWAYS):
            return Opinion()
        if self.agent is None:
            without_checks = NoAnswer("no model is configured (agent.backend is none)")
            return Opinion(is_wanted=True, failure=None if results else without_checks)
        passage, left = await self.gate.passage(inspection, left, findings)
        if not passage.asks:
            return _carried(passage, left)
        task = task_of(run.id, inspection, results, findings, deadline_s)
        opinion = await self._recalled_or_asked(self.agent, task, results)
        if when is not AgentWhen.ALWAYS:
            await self._keep(run, left, opinion)
        return replace(opinion, passage=passage)

    async def _keep(self, run: Run, left: LeftOpen, opinion: Opinion) -> None:
        """Without it the same is asked once more; the answer counts."""
        try:
            await self.gate.keep(run, left, opinion.answer, opinion.attempts)
        except Exception:
            log.exception("inspection %s: later runs do not know of this analysis", run.inspection)

    async def _recalled_or_asked(self, agent: Agent, task: Task, results: Sequence[CheckResult]) -> Opinion:
        """A problem that is known, and shows what it showed then, needs no investigation; why a check is silent, nobody
        remembers."""
        began = time.monotonic()
        is_silent = any(result.failure for result in results)
        checked = Checked() if is_silent else await self.memories.instead_of(agent, task)
        if checked.answer:
            await keep_evidence(self.monitor, task.run_id, checked.answer.evidence)
            known = replace(checked.answer, passed=NOTHING)  # no analysis to be replayed
            return await _guarded(known, task, results)
        left_s = max(task.deadline_s - (time.monotonic() - began), 0.5)
        left = replace(task, deadline_s=left_s, budget_usd=max(task.budget_usd - checked.cost_usd, 0.0))
        opinion = await self._ask(agent, left, results)
        if opinion.answer and not opinion.attempts:
            await self.memories.learn(task, opinion.answer)
        return replace(opinion, spent_usd=checked.cost_usd)

    async def _ask(self, agent: Agent, task: Task, results: Sequence[CheckResult]) -> Opinion:
        try:
            answer = await agent.investigate(task)
        except NoAnswer as failure:
            log.warning("inspection %s: the model gave no answer: %s", task.inspection.id, failure.reason)
            return await self._unanswered(failure, task, results)
        try:
            await self._keep_said(task, answer)
            return self._counted(await opinion_of(answer, task, results))
        except Exception as error:
            log.exception("inspection %s: what the model answered cannot be used", task.inspection.id)
            return Opinion(is_wanted=True, failure=_unusable(answer, reason_of(error)))

    async def _unanswered(self, failure: NoAnswer, task: Task, results: Sequence[CheckResult]) -> Opinion:
        try:
            await self._keep_said(task, failure)
            return await opinion_without(failure, task, results)
        except Exception:
            log.exception("inspection %s: what was said until then cannot be used", task.inspection.id)
            return Opinion(is_wanted=True, failure=failure)

    async def _keep_said(self, task: Task, said: Answer | NoAnswer) -> None:
        await keep_transcript(self.monitor, task.run_id, TranscriptKind.INVESTIGATION, said.transcript)
        await keep_evidence(self.monitor, task.run_id, said.evidence)

    def _counted(self, opinion: Opinion) -> Opinion:
        if opinion.answer and opinion.answer.grounding:
            self.gate.count(opinion.answer.grounding)
        return opinion


def _unusable(answer: Answer, reason: str) -> NoAnswer:
    """It was paid for, and can be replayed."""
    failure = NoAnswer(f"its answer cannot be used: {reason}", answer.cost_usd)
    failure.transcript, failure.evidence, failure.passed = answer.transcript, answer.evidence, answer.passed
    return failure


async def opinion_of(answer: Answer, task: Task, results: Sequence[CheckResult]) -> Opinion:
    """With its numbers looked up in the evidence, and with what it has read that was written to lead it."""
    from probed.core.grounding import grounded  # loaded where a model has answered

    return await _guarded(await asyncio.to_thread(grounded, answer, task), task, results)


async def opinion_without(failure: NoAnswer, task: Task, results: Sequence[CheckResult]) -> Opinion:
    """What the model has read counts without an answer, too."""
    read = await asyncio.to_thread(read_attempts, task, failure.evidence, results) if failure.transcript else ()
    return Opinion(is_wanted=True, failure=failure, attempts=tuple(read))


async def _guarded(answer: Answer, task: Task, results: Sequence[CheckResult]) -> Opinion:
    attempts = await asyncio.to_thread(read_attempts, task, answer.evidence, results)
    return Opinion(is_wanted=True, answer=guarded(answer, attempts), attempts=tuple(attempts))


def _carried(passage: Passage, left: LeftOpen) -> Opinion:
    """What the earlier analysis said counts on, but for that which is over. Without one nobody knows, unless nobody has
    to know yet."""
    known = passage.carried
    if passage.cause is Cause.FIX:
        return Opinion(is_wanted=True, passage=passage)
    findings = carried_findings(known, left) if known else ()
    attempts = tuple(filter(is_attempt, findings))
    if known is None or known.verdict is None or passage.cause is Cause.PAUSED:
        return Opinion(is_wanted=True, failure=NoAnswer(passage.reason), attempts=attempts, passage=passage)
    summary = known.summary if is_whole(known, left) else ""
    answer = Answer(known.run_id, known.verdict, summary, findings, cost_usd=0.0, grounding=known.grounding)
    return Opinion(is_wanted=True, answer=answer, attempts=attempts, passage=passage)


def task_of(
    run_id: str,
    inspection: Inspection,
    results: Sequence[CheckResult],
    findings: Sequence[Finding],
    deadline_s: float,
) -> Task:
    return Task(
        run_id=run_id,
        inspection=inspection,
        observations=[observation for result in results for observation in result.observations],
        findings=findings,
        actions=inspection.proposable,
        deadline_s=deadline_s,
        budget_usd=inspection.agent.budget_usd,
    )


def reason_of(error: Exception) -> str:
    return storable(str(error) if isinstance(error, CortexError) else f"{type(error).__name__}: {error}")

"""Looks whether what is remembered of a run's problems holds, so that a model need not investigate them anew."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from probed.core.finding import Finding
from probed.core.investigation import Answer, Doubt, Evidence, Task
from probed.core.probe_mark import Sameness, nearest_rows, sameness
from probed.core.recall import Recollection, Use
from probed.core.recognition import recognition_of
from probed.core.report import Verdict, verdict_of
from probed.core.solved_case import SolvedCase
from probed.core.transcript import TranscriptKind
from probed.engine.recall import Recall, is_recallable
from probed.engine.solved_cases import SolvedCaseBook
from probed.engine.transcripts import keep_transcript
from probed.errors import NoAnswer
from probed.ports import Agent, Monitor

log = logging.getLogger("cortex.recall")

MOST_PROBLEMS = 5
"""A host with more of them is in a state of its own."""
LOOK_S = 10.0
SHARE_OF_TIME, SHARE_OF_BUDGET = 0.3, 0.2
"""Of the run's, for what may have to be followed by a full investigation."""
TIER = "small"


@dataclass(frozen=True, slots=True)
class Checked:
    answer: Answer | None = None
    """Where everything was recognised, and holds."""
    cost_usd: float = 0.0
    """Of a question that did not settle it."""


@dataclass(frozen=True, slots=True)
class Case:
    """A problem that looks like a solved one."""

    finding: Finding
    memory: SolvedCase
    likeness: float
    is_proven: bool
    answers: tuple[Evidence, ...] = ()

    @property
    def sameness(self) -> Sameness:
        if self.is_proven:
            return Sameness.SAME
        object_, learned_on = self.finding.object, self.memory.object
        if not any(mark.is_about(object_, learned_on) for mark in self.memory.marks):
            return Sameness.UNCLEAR
        return sameness(self.memory.marks, self.answers, self.finding.object)

    @property
    def doubt(self) -> Doubt:
        then = [" ".join(row) for mark in self.memory.marks for row in mark.rows]
        now = [
            row
            for mark, answer in zip(self.memory.marks, self.answers, strict=False)
            for row in nearest_rows(mark, answer.answer, self.finding.object)
        ]
        finding = self.finding
        return Doubt(finding.check, finding.object, finding.summary, self.memory.cause, tuple(then), tuple(now))


class MemoryCheck:
    def __init__(self, monitor: Monitor, recall: Recall, book: SolvedCaseBook) -> None:
        self._monitor, self._recall, self._book = monitor, recall, book

    async def instead_of(self, agent: Agent, task: Task) -> Checked:
        """Never raises for its own sake: then the model is asked as if nothing were remembered."""
        try:
            return await self._check(agent, task)
        except Exception:
            log.exception("inspection %s: what is remembered could not be looked at", task.inspection.id)
            return Checked()

    async def learn(self, task: Task, answer: Answer) -> None:
        """What an investigation found out; as little a reason to fail."""
        try:
            await self._book.keep(task, answer)
        except Exception:
            log.exception("inspection %s: what was found out is not remembered", task.inspection.id)

    async def _check(self, agent: Agent, task: Task) -> Checked:
        problems = [finding for finding in task.findings if is_recallable(finding)]
        if not 0 < len(problems) <= MOST_PROBLEMS or await self._recall.has_open_of_a_model(task.inspection.id):
            return Checked()
        found = await self._recall.recollections(task.findings, task.inspection)
        known = [case for finding in problems if (case := _case_of(finding, found.get(finding.identity)))]
        if len(known) < len(problems):
            return Checked()
        known = list(await self._looked(agent, task, known))
        if others := [case for case in known if case.sameness is Sameness.OTHER]:
            await self._refute(task, others, "its probes show something else")
            return Checked()
        doubtful = [case for case in known if case.sameness is Sameness.UNCLEAR]
        if not doubtful:
            return Checked(await self._answer(task, known))
        return await self._ask(agent, task, known, doubtful)

    async def _looked(self, agent: Agent, task: Task, cases: Sequence[Case]) -> Sequence[Case]:
        asked = [
            (mark.probe, mark.arguments_for(case.finding.object))
            for case in cases
            for mark in case.memory.marks
            if not case.is_proven
        ]
        if not asked:
            return cases
        answers = iter(await agent.look(asked, min(LOOK_S, task.deadline_s * SHARE_OF_TIME)))
        return [
            case if case.is_proven else replace(case, answers=tuple(next(answers) for _ in case.memory.marks))
            for case in cases
        ]

    async def _ask(self, agent: Agent, task: Task, known: Sequence[Case], doubtful: Sequence[Case]) -> Checked:
        """One small question for all of them."""
        small = replace(task.inspection, agent=replace(task.inspection.agent, tier=TIER))
        question = replace(
            task,
            inspection=small,
            observations=(),
            findings=(),
            actions=(),
            doubts=tuple(case.doubt for case in doubtful),
            budget_usd=task.budget_usd * SHARE_OF_BUDGET,
            deadline_s=task.deadline_s * SHARE_OF_TIME,
        )
        try:
            said = await agent.compare(question)
        except NoAnswer as failure:
            log.warning("inspection %s: whether it is known was not answered: %s", small.id, failure.reason)
            return Checked(cost_usd=failure.cost_usd)
        if said.verdict is not Verdict.OK:
            await self._refute(task, doubtful, said.summary)
            return Checked(cost_usd=said.cost_usd)
        await keep_transcript(self._monitor, task.run_id, TranscriptKind.INVESTIGATION, said.transcript)
        answer = await self._answer(task, known)
        return Checked(replace(answer, cost_usd=said.cost_usd, usage=said.usage))

    async def _answer(self, task: Task, known: Sequence[Case]) -> Answer:
        for case in known:
            recognition = recognition_of(case.memory, case.likeness, _words(case))
            self._recall.verify(task.inspection.id, case.finding, recognition)
        await self._book.count_saved()
        evidence = [answer for case in known for answer in case.answers]
        return Answer(
            run_id=task.run_id,
            verdict=verdict_of(task.findings, answered=True),
            summary="; ".join(_summary(case) for case in known),
            findings=(),
            cost_usd=0.0,
            evidence=tuple(replace(each, id=f"e{number}") for number, each in enumerate(evidence, 1)),
        )

    async def _refute(self, task: Task, cases: Sequence[Case], why: str) -> None:
        await self._book.refute([case.memory for case in cases], task.run_id, why)


def _case_of(finding: Finding, found: Recollection | None) -> Case | None:
    """None where it is not recognised, or nobody has named a cause: that is worth an investigation."""
    if found is None or found.memory is None or found.use is Use.IGNORE or not found.memory.cause:
        return None
    return Case(finding, found.memory, found.likeness.score, found.use is Use.USE)


def _words(case: Case) -> str:
    if case.is_proven:
        return "looks the same, and has helped each time"
    probes = ", ".join(dict.fromkeys(mark.probe for mark in case.memory.marks)) or "a model's comparison"
    return f"shows the same: {probes}" if case.sameness is Sameness.SAME else f"compared by a model: {probes}"


def _summary(case: Case) -> str:
    memory = case.memory
    record = f"seen {memory.seen} times, helped {memory.helped} of {memory.tried}"
    return f"{case.finding.summary}: {memory.cause} (recognised: memory {memory.id}, {record})"

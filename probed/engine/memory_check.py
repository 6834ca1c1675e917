"""Looks whether what is remembered of a run's problems holds, so that a model need not investigate them anew."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from probed.core.investigation import Answer, Task
from probed.core.known_problem import KnownProblem, contenders, told_apart
from probed.core.probe_mark import Sameness
from probed.core.recognition import recognition_of
from probed.core.report import Verdict, verdict_of
from probed.core.transcript import TranscriptKind
from probed.engine.costs import Costs
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
CHEAPER = {"large": "small"}
"""Than the document's tier; a server of one's own stays the one that is asked."""


@dataclass(frozen=True, slots=True)
class Checked:
    answer: Answer | None = None
    """Where everything was recognised, and holds."""
    cost_usd: float = 0.0
    """Of a question that did not settle it."""


class MemoryCheck:
    def __init__(self, monitor: Monitor, recall: Recall, book: SolvedCaseBook, costs: Costs) -> None:
        self._monitor, self._recall, self._book, self._costs = monitor, recall, book, costs

    async def instead_of(self, agent: Agent, task: Task) -> Checked:
        """Never raises for its own sake: then the model is asked as if nothing were remembered."""
        try:
            return await self._check(agent, task)
        except Exception:
            log.exception("inspection %s: what is remembered could not be looked at", task.inspection.id)
            return Checked(cost_usd=await self._costs.of(task.run_id))

    async def learn(self, task: Task, answer: Answer) -> None:
        """What an investigation found out; as little a reason to fail."""
        try:
            await self._book.keep(task, answer)
        except Exception:
            log.exception("inspection %s: what was found out is not remembered", task.inspection.id)

    async def _check(self, agent: Agent, task: Task) -> Checked:
        problems = [finding for finding in task.findings if is_recallable(finding)] if self._recall.may_settle else []
        if not 0 < len(problems) <= MOST_PROBLEMS or await self._recall.has_open_of_a_model(task.inspection.id):
            return Checked()
        found = await self._recall.recollections(task.findings, task.inspection)
        may_be = [contenders(finding, found.get(finding.identity)) for finding in problems]
        if not all(may_be):
            return Checked()
        known = [told_apart(each) for each in await self._looked(agent, task, may_be)]
        return await self._settle(agent, task, [each for each in known if each]) if all(known) else Checked()

    async def _settle(self, agent: Agent, task: Task, known: Sequence[KnownProblem]) -> Checked:
        if others := [each for each in known if each.sameness is Sameness.OTHER]:
            await self._refute(task, others, "its probes show something else")
            return Checked()
        doubtful = [each for each in known if each.sameness is Sameness.UNCLEAR]
        if not doubtful:
            return Checked(await self._answer(task, known))
        return await self._ask(agent, task, known, doubtful)

    async def _looked(
        self, agent: Agent, task: Task, may_be: Sequence[Sequence[KnownProblem]]
    ) -> Sequence[Sequence[KnownProblem]]:
        """All in one look, with what the host shows now."""
        to_see = [each for same in may_be for each in same if not each.is_proven]
        asked = [(mark.probe, mark.arguments_for(each.finding.object)) for each in to_see for mark in each.memory.marks]
        if not asked:
            return may_be
        answers = iter(await agent.look(asked, min(LOOK_S, task.deadline_s * SHARE_OF_TIME)))

        def seen(each: KnownProblem) -> KnownProblem:
            return replace(each, answers=tuple(answer for _, answer in zip(each.memory.marks, answers, strict=False)))

        return [[each if each.is_proven else seen(each) for each in same] for same in may_be]

    async def _ask(
        self, agent: Agent, task: Task, known: Sequence[KnownProblem], doubtful: Sequence[KnownProblem]
    ) -> Checked:
        """One small question for all of them."""
        rule = task.inspection.agent
        small = replace(task.inspection, agent=replace(rule, tier=CHEAPER.get(rule.tier, rule.tier)))
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
        try:
            return await self._told(task, known, doubtful, said)
        except Exception:
            log.exception("inspection %s: what was said of it cannot be used", small.id)
            return Checked(cost_usd=said.cost_usd)

    async def _told(
        self, task: Task, known: Sequence[KnownProblem], doubtful: Sequence[KnownProblem], said: Answer
    ) -> Checked:
        """That it could not be told refutes nothing, nor does it say which of several is another one."""
        if said.verdict is Verdict.OK:
            await keep_transcript(self._monitor, task.run_id, TranscriptKind.INVESTIGATION, said.transcript)
            answer = await self._answer(task, known)
            return Checked(replace(answer, cost_usd=said.cost_usd, usage=said.usage))
        if said.verdict is not Verdict.UNKNOWN and len(doubtful) == 1:
            await self._refute(task, doubtful, said.summary)
        return Checked(cost_usd=said.cost_usd)

    async def _answer(self, task: Task, known: Sequence[KnownProblem]) -> Answer:
        for case in known:
            recognition = recognition_of(case.memory, case.likeness, case.words)
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

    async def _refute(self, task: Task, cases: Sequence[KnownProblem], why: str) -> None:
        await self._book.refute([case.memory for case in cases], task.run_id, why)


def _summary(case: KnownProblem) -> str:
    memory = case.memory
    record = f"seen {memory.seen} times, helped {memory.helped} of {memory.tried}"
    return f"{case.finding.summary}: {memory.cause} (recognised: memory {memory.id}, {record})"

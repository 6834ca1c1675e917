"""Asks the model for its advice on a question, where the document wants it; a model that is away holds nobody up."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from probed.core.action import Risk
from probed.core.advice import Advice, contradiction
from probed.core.case import Case
from probed.core.decision import Decision
from probed.core.inspection import Inspection
from probed.core.investigation import Question, Task
from probed.core.transcript import TranscriptKind
from probed.engine.catalogue import Catalogue
from probed.engine.costs import Costs
from probed.engine.injections import read_attempts
from probed.engine.transcripts import keep_transcript
from probed.errors import CortexError, NoAnswer
from probed.ports import Actions, Agent, Monitor

log = logging.getLogger("cortex.advise")

ADVICE_DEADLINE_S = 60.0


class Adviser:
    def __init__(
        self, agent: Agent | None, actions: Actions, catalogue: Catalogue, monitor: Monitor, costs: Costs
    ) -> None:
        self._agent, self._actions, self._catalogue, self._monitor = agent, actions, catalogue, monitor
        self._costs = costs

    async def advised(self, decision: Decision, case: Case) -> Decision:
        """The decision with the advice, or with the reason why there is none. Never raises for the model's sake."""
        document = self._catalogue.document(case.source)
        if self._agent is None or document is None or not document.agent.advice:
            return decision
        try:
            return await self._ask(self._agent, decision, case, document)
        except NoAnswer as error:
            await self._keep(decision, error.transcript)
            return _without(decision, error.reason, error.cost_usd)
        except CortexError as error:
            return _without(decision, str(error), await self._costs.of(decision.id))
        except Exception as error:  # whatever goes wrong with a model, the person is asked
            log.exception("no advice on decision %s", decision.id)
            return _without(decision, f"{type(error).__name__}: {error}", await self._costs.of(decision.id))

    async def _ask(self, agent: Agent, decision: Decision, case: Case, document: Inspection) -> Decision:
        task = self._task(decision, case, document)
        if attempts := await asyncio.to_thread(read_attempts, task):
            raise NoAnswer(f"it was not asked: {attempts[0].evidence['kind']}, in what it would have read")
        answer = await agent.advise(task)
        await self._keep(decision, answer.transcript)
        advice = answer.advice
        if advice is None:
            return _without(decision, "it gave none", answer.cost_usd)
        action = self._actions.get(decision.call.action)
        if fault := contradiction(advice, risk=action.risk, reversible=action.reversible):
            return _without(decision, fault, answer.cost_usd)
        return _with(decision, advice, answer.cost_usd)

    async def _keep(self, decision: Decision, transcript: str) -> None:
        await keep_transcript(self._monitor, decision.id, TranscriptKind.ADVICE, transcript)

    def _task(self, decision: Decision, case: Case, document: Inspection) -> Task:
        known = decision.analysis
        question = Question(
            call=decision.call,
            object=decision.object,
            problem=case.summary,
            evidence=case.evidence,
            dry_run=decision.dry_run,
            snapshot=decision.snapshot,
            risk=known.risk or Risk.HIGH,
            blast_radius=known.blast_radius,
            reversible=self._actions.get(decision.call.action).reversible,
            record=known.record,
            precedents=known.precedents,
        )
        return Task(decision.id, document, (), (), (), ADVICE_DEADLINE_S, document.agent.budget_usd, question)


def _with(decision: Decision, advice: Advice, cost_usd: float) -> Decision:
    return replace(decision, analysis=replace(decision.analysis, advice=advice, no_advice="", cost_usd=cost_usd))


def _without(decision: Decision, reason: str, cost_usd: float) -> Decision:
    return replace(decision, analysis=replace(decision.analysis, advice=None, no_advice=reason, cost_usd=cost_usd))

"""Questions of people: a model looks into them through the read-only probes, and answers in words.

Nothing else comes of one. What it costs is bounded by the gateway; what was asked and answered is kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace

from probed.core.answered import answered
from probed.core.finding import Finding
from probed.core.inquiry import SOURCE, Inquiry, InquiryDraft, InquiryState, Said, Tell
from probed.core.inspection import AgentRule, Inspection
from probed.core.investigation import Answer, Asked, Evidence, Task
from probed.core.phrases import phrase
from probed.core.redaction import mask
from probed.core.transcript import TranscriptKind
from probed.engine.audit import audit
from probed.engine.costs import Costs
from probed.engine.ids import Ids
from probed.engine.injections import caution
from probed.engine.inquiry_facts import InquiryFacts, Subject
from probed.engine.inquiry_session import InquirySessions
from probed.engine.rules import Rules
from probed.engine.runs import LogContext
from probed.engine.transcripts import keep_evidence, keep_transcript
from probed.errors import Conflict, CortexError, NoAnswer, NotFound, Overloaded, TooMany
from probed.ports import NO_TRACES, Actor, Agent, Clock, Monitor, Queries, Tracer

log = logging.getLogger("cortex.ask")

DEADLINE_S = 300.0
"""Until a question has its turn, and from then on until its answer."""
MOST_AT_ONCE = 1
"""Questions under way: inspections that ask a model keep a place."""
MOST, MOST_EACH = 8, 2
"""Questions that are not answered yet, in all and of one person."""


class Asker:
    """Implements `ports.Questions`."""

    def __init__(
        self,
        agent: Agent | None,
        monitor: Monitor,
        queries: Queries,
        facts: InquiryFacts,
        ids: Ids,
        clock: Clock,
        rules: Rules,
        tracer: Tracer = NO_TRACES,
        log_context: LogContext = nullcontext,
    ) -> None:
        self._agent, self._monitor, self._facts = agent, monitor, facts
        self._ids, self._clock, self._rules = ids, clock, rules
        self._tracer, self._log_context = tracer, log_context
        self._sessions, self._costs = InquirySessions(queries), Costs(queries, clock)
        self._turns = asyncio.Semaphore(MOST_AT_ONCE)
        self._whose: dict[str, str] = {}
        """By the ids of those that are not over: who asked."""
        self._under_way: dict[str, asyncio.Task[Inquiry]] = {}
        self._stopping = False

    async def begin(self, draft: InquiryDraft, by: Actor) -> Inquiry:
        """What has begun is answered by `answer`, at once. Raises NotFound, Conflict, Overloaded."""
        if self._agent is None:
            remedy = phrase("set agent.backend in the configuration, and restart the daemon")
            raise Conflict(phrase("no model is configured to answer questions: {remedy}", remedy=remedy))
        if self._stopping:
            raise Conflict(phrase("the daemon is stopping; no new questions"))
        id_ = self._admit(by)
        try:
            inquiry = await self._drafted(id_, draft, by)
            async with self._monitor.transaction() as tx:
                await tx.inquiries.add(inquiry)
                await audit(tx, by, id_, f"asked: {inquiry.text[:200]}")
                await tx.stream.publish("question.asked", id_, {"session": inquiry.session, "by": by.name})
        except BaseException:
            del self._whose[id_]
            raise
        return inquiry

    async def answer(self, inquiry: Inquiry, tell: Tell) -> Inquiry:
        """The question with its answer, or with why there is none. Whoever is cancelled while it waits here cancels the
        question."""
        work = asyncio.create_task(self._looked_into(inquiry, tell), name=f"question {inquiry.id}")
        self._under_way[inquiry.id] = work
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            work.cancel()
            await _surely(self._end_cancelled(inquiry, work, "whoever asked went away"))
            raise
        else:
            if work.cancelled():
                return await self._end_cancelled(inquiry, work, phrase("the daemon is stopping"))
            return await self._end(work.result())
        finally:
            del self._under_way[inquiry.id], self._whose[inquiry.id]

    async def recover(self) -> None:
        """Those that nobody had answered when the daemon ended have no answer."""
        async with self._monitor.transaction() as tx:
            for inquiry in await tx.inquiries.unfinished():
                reason = phrase("the daemon ended during the question")
                ended = replace(inquiry, state=InquiryState.CANCELLED, reason=reason, ended_at=self._clock.now())
                await tx.inquiries.save(ended)

    async def stop(self) -> None:
        """No new questions; those under way are cancelled, and say so."""
        self._stopping = True
        for work in self._under_way.values():
            work.cancel()
        while self._under_way:
            await asyncio.wait(list(self._under_way.values()))
            await asyncio.sleep(0)

    # --- before -------------------------------------------------------------------------------------------------------

    def _admit(self, by: Actor) -> str:
        """The id of the new question."""
        if len(self._whose) >= MOST:
            raise Overloaded(phrase("{count} questions wait for their answers already; try again later", count=MOST))
        if sum(name == by.name for name in self._whose.values()) >= MOST_EACH:
            raise TooMany(phrase("{count} questions of yours wait for their answers already", count=MOST_EACH))
        id_ = self._ids.new()
        self._whose[id_] = by.name
        return id_

    async def _drafted(self, id_: str, draft: InquiryDraft, by: Actor) -> Inquiry:
        earlier = await self._sessions.earlier(draft, by)
        about = (await self._facts.subject(draft.about)).id if draft.about else earlier.about if earlier else ""
        session = earlier.session if earlier else id_
        return Inquiry(id_, session, mask(draft.text), by.name, self._clock.now(), about=about)

    # --- meanwhile ----------------------------------------------------------------------------------------------------

    async def _looked_into(self, inquiry: Inquiry, tell: Tell) -> Inquiry:
        with self._log_context(inquiry.id), self._tracer.span("ask", {"cortex.question.id": inquiry.id}):
            try:
                return answered(inquiry, await self._ask(inquiry, tell))
            except NoAnswer as failure:
                self._tracer.fail("over_budget" if failure.over_budget else "no_answer")
                await self._keep(inquiry, failure.transcript, failure.evidence)
                state = InquiryState.BUDGET if failure.over_budget else InquiryState.FAILED
                return replace(inquiry, state=state, reason=failure.reason, cost_usd=failure.cost_usd)
            except CortexError as error:
                reason = str(error)
            except Exception:  # whatever goes wrong with a model, the person is told
                log.exception("question %s was not answered", inquiry.id)
                reason = "an unexpected error, see the log"
            cost_usd = await self._costs.of(inquiry.id)
            return replace(inquiry, state=InquiryState.FAILED, reason=reason, cost_usd=cost_usd)

    async def _ask(self, inquiry: Inquiry, tell: Tell) -> Answer:
        assert self._agent
        async with self._turn():
            subject = await self._subject(inquiry)
            task = self._task(inquiry, await self._facts.of(subject), await self._sessions.history(inquiry), subject)
            answer = await self._agent.ask(task, tell)
        await self._keep(inquiry, answer.transcript, answer.evidence)
        if warned := await asyncio.to_thread(caution, task, answer.evidence):
            tell(Said(warned))
        return replace(answer, words=answer.words + warned)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Raises NoAnswer where it does not come in time."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                await self._turns.acquire()
        except TimeoutError:
            raise NoAnswer(f"other questions took longer than {DEADLINE_S:g} s; ask again") from None
        try:
            yield
        finally:
            self._turns.release()

    async def _keep(self, inquiry: Inquiry, transcript: str, evidence: Sequence[Evidence]) -> None:
        await keep_transcript(self._monitor, inquiry.id, TranscriptKind.QUESTION, transcript)
        await keep_evidence(self._monitor, inquiry.id, evidence)

    async def _subject(self, inquiry: Inquiry) -> Subject | None:
        """What it is about, as far as that is still kept."""
        try:
            return await self._facts.subject(inquiry.about) if inquiry.about else None
        except NotFound:
            return None

    def _task(
        self, inquiry: Inquiry, facts: dict[str, object], history: tuple[tuple[str, str], ...], subject: Subject | None
    ) -> Task:
        rule = AgentRule(budget_usd=self._rules.question_usd)
        found = [Finding(SOURCE, subject.id, subject.severity, subject.summary)] if subject else []
        return Task(
            run_id=inquiry.id,
            inspection=Inspection(SOURCE, "a question", (), timeout_s=DEADLINE_S, agent=rule),
            observations=(),
            findings=found,
            actions=(),
            deadline_s=DEADLINE_S,
            budget_usd=self._rules.question_usd,
            asked=Asked(inquiry.text, facts, history),
        )

    # --- after --------------------------------------------------------------------------------------------------------

    async def _end(self, inquiry: Inquiry) -> Inquiry:
        ended = replace(inquiry, ended_at=self._clock.now())
        try:
            async with self._monitor.transaction() as tx:
                await tx.inquiries.save(ended)
                cost_usd = round(ended.cost_usd, 6)
                await tx.stream.publish("question.ended", ended.id, {"state": ended.state.value, "cost_usd": cost_usd})
        except CortexError as error:  # the person gets the answer all the same
            log.error("question %s could not be recorded: %s", ended.id, error)
        return ended

    async def _end_cancelled(self, inquiry: Inquiry, work: asyncio.Task[Inquiry], reason: str) -> Inquiry:
        await asyncio.wait([work])
        if not work.cancelled():  # the answer was faster
            return await self._end(work.result())
        cost_usd = await self._costs.of(inquiry.id)
        return await self._end(replace(inquiry, state=InquiryState.CANCELLED, reason=reason, cost_usd=cost_usd))


async def _surely(ending: Coroutine[None, None, Inquiry]) -> None:
    """To its end, also where whoever waits is cancelled once more."""
    await asyncio.shield(asyncio.ensure_future(ending))

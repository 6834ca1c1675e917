"""The book of solved cases: what is learned from an action and from an investigation, and what people correct."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from probed.core.case import Case, Outcome
from probed.core.finding import ActionCall, Finding
from probed.core.investigation import Answer, Task
from probed.core.likeness import likeness
from probed.core.probe_mark import marks_of
from probed.core.recall import LIKE, SAME
from probed.core.recognition import recognised_in
from probed.core.solved_case import (
    Origin,
    SolvedCase,
    after_action,
    after_refutation,
    corrected,
    met,
    remedy_of,
    with_cause_of,
)
from probed.engine.audit import audit
from probed.engine.ids import Ids
from probed.engine.recall import Recall, finding_of, is_recallable
from probed.errors import Conflict
from probed.ports import Actor, Clock, Monitor, Transaction

MOST, MOST_OF_A_CHECK = 1000, 50
EXECUTED = frozenset({Outcome.VERIFIED, Outcome.NOT_VERIFIED, Outcome.FAILED, Outcome.ROLLED_BACK})
LONGEST_CAUSE = 1000
SAVED = "investigations_saved"
"""The setting that counts them."""


class SolvedCaseBook:
    def __init__(self, monitor: Monitor, recall: Recall, ids: Ids, clock: Clock) -> None:
        self._monitor, self._recall, self._ids, self._clock = monitor, recall, ids, clock

    async def meet(self, tx: Transaction, finding: Finding) -> None:
        """A case was opened for it."""
        known = recognised_in(finding.evidence)
        memory = await tx.solved_cases.find(known.memory) if known else None
        if memory:
            await tx.solved_cases.save(met(memory, self._clock.now()))

    async def learn(self, tx: Transaction, case: Case, call: ActionCall, outcome: Outcome, by: str) -> None:
        """From an action that was executed for the case; in the transaction that ends it. Only what was verified makes
        a memory, and only of what was executed."""
        if outcome not in EXECUTED or not is_recallable(finding_of(case)):
            return
        verified = outcome is Outcome.VERIFIED
        features = self._recall.features_of_case(case, await tx.cases.open_of(case.source))
        same = _saying(await tx.solved_cases.of_check(case.check), case, call, features)
        if not same and not verified:
            return
        memory = same[0] if same else await self._begin(tx, case, call, features, by)
        if verified:
            memory = await self._with_cause(tx, replace(memory, case_id=case.id), same[1:])
        told = after_action(memory, verified=verified, now=self._clock.now())
        await tx.solved_cases.save(told)
        self._recall.forget(memory.id)
        words = "helped" if verified else "did not help"
        text = f"memory {memory.id}: {call.key} {words} ({told.helped} of {told.tried})"
        await tx.ledger.append("note", "cortex", case.id, text, {"memory": memory.id, "outcome": str(outcome)})

    async def _begin(
        self, tx: Transaction, case: Case, call: ActionCall, features: tuple[str, ...], by: str
    ) -> SolvedCase:
        await self._make_room(tx, case.check)
        return replace(self._new(case, features, by, Origin.ACTION), remedy=remedy_of(call, case.object))

    async def _with_cause(self, tx: Transaction, memory: SolvedCase, others: Sequence[SolvedCase]) -> SolvedCase:
        """What an investigation named is confirmed now that what it proposed has helped."""
        named = next((each for each in others if each.cause and not each.is_confirmed and not each.tried), None)
        if named is None or memory.cause:
            return memory
        await tx.solved_cases.delete(named.id)
        return with_cause_of(memory, named)

    async def keep(self, task: Task, answer: Answer) -> None:
        """What an investigation says of the cause: it is not trusted until what it proposes has helped. Raises what the
        monitor raises."""
        drafts = [draft for finding in task.findings if (draft := self._draft(task, answer, finding))]
        if not drafts:
            return
        async with self._monitor.transaction() as tx:
            for draft in drafts:
                await self._keep(tx, draft)

    async def _keep(self, tx: Transaction, draft: SolvedCase) -> None:
        """One for each case, the newest; none where the same is known already."""
        known = await tx.solved_cases.of_check(draft.check)
        alike = [each for each in known if likeness(each.features, draft.features).score >= SAME]
        if any(each.is_confirmed and each.cause and each.remedy == draft.remedy for each in alike):
            return
        older = next((each for each in alike if not each.is_confirmed and not each.tried and not each.refuted), None)
        if older is None:
            await self._make_room(tx, draft.check)
        await tx.solved_cases.save(replace(draft, id=older.id) if older else draft)

    def _draft(self, task: Task, answer: Answer, finding: Finding) -> SolvedCase | None:
        if not is_recallable(finding):
            return None
        opinion = next((each for each in answer.findings if each.identity == finding.identity), None)
        call = finding.proposed_action or (opinion.proposed_action if opinion else None)
        if opinion is None and len([each for each in task.findings if is_recallable(each)]) > 1:
            return None
        cause = opinion.summary if opinion else answer.summary
        told = json.dumps([cause, answer.summary, opinion.evidence if opinion else {}], default=str, ensure_ascii=False)
        features = self._recall.features(finding, task.inspection.labels, task.findings)
        cited = [each for each in answer.evidence if opinion and each.id in opinion.cites]
        now = self._clock.now()
        return SolvedCase(
            id=self._ids.new(),
            source=task.inspection.id,
            check=finding.check,
            object=finding.object,
            features=features,
            created_at=now,
            changed_at=now,
            origin=Origin.INVESTIGATION,
            by="model",
            cause=cause[:LONGEST_CAUSE],
            remedy=remedy_of(call, finding.object) if call else None,
            marks=marks_of(cited or answer.evidence, finding.object, told),
            run_id=task.run_id,
            cost_usd=answer.cost_usd,
        )

    async def refute(self, memories: Sequence[SolvedCase], subject: str, why: str) -> None:
        """They look like it, and the host shows something else."""
        now = self._clock.now()
        async with self._monitor.transaction() as tx:
            for memory in memories:
                self._recall.forget(memory.id)
                if known := await tx.solved_cases.find(memory.id):
                    await tx.solved_cases.save(after_refutation(known, now))
                    text = f"memory {memory.id} does not hold: {why}"
                    await tx.ledger.append("note", "cortex", subject, text, {"memory": memory.id})

    async def count_saved(self) -> None:
        async with self._monitor.transaction() as tx:
            saved = await tx.settings.get(SAVED)
            await tx.settings.set(SAVED, (saved if isinstance(saved, int) else 0) + 1)

    async def add(self, tx: Transaction, case: Case, cause: str, advice: str, by: Actor) -> SolvedCase:
        """A person says what was behind a case, and what helped. Raises Conflict where only a model found it."""
        if not is_recallable(finding_of(case)):
            raise Conflict(f"case {case.id} is none that a check would find again")
        features = self._recall.features_of_case(case, await tx.cases.open_of(case.source))
        memory = replace(
            self._new(case, features, by.name, Origin.PERSON),
            cause=cause,
            advice=advice,
            vouched_by=by.name,
            case_id=case.id,
        )
        await self._make_room(tx, case.check)
        await tx.solved_cases.save(memory)
        await audit(tx, by, memory.id, f"remembers case {case.id}: {cause}", {"case": case.id})
        return memory

    async def correct(
        self,
        tx: Transaction,
        memory_id: str,
        by: Actor,
        *,
        cause: str | None,
        advice: str | None,
        without_action: bool,
    ) -> SolvedCase:
        """Raises NotFound."""
        memory = await tx.solved_cases.get(memory_id)
        changed = corrected(memory, by.name, self._clock.now(), cause=cause, advice=advice, drop_remedy=without_action)
        await tx.solved_cases.save(changed)
        detail = {"cause": memory.cause, "advice": memory.advice, "action": str(memory.remedy or "")}
        await audit(tx, by, memory_id, f"corrected memory {memory_id}", {"before": detail})
        self._recall.forget(memory_id)
        return changed

    async def delete(self, tx: Transaction, memory_id: str, by: Actor) -> SolvedCase:
        """Raises NotFound."""
        memory = await tx.solved_cases.get(memory_id)
        await tx.solved_cases.delete(memory_id)
        await audit(tx, by, memory_id, f"deleted memory {memory_id}", {"cause": memory.cause, "check": memory.check})
        self._recall.forget(memory_id)
        return memory

    async def _make_room(self, tx: Transaction, check: str) -> None:
        await tx.solved_cases.make_room(check, MOST, MOST_OF_A_CHECK)
        self._recall.learned(check)

    def _new(self, case: Case, features: tuple[str, ...], by: str, origin: Origin) -> SolvedCase:
        now = self._clock.now()
        return SolvedCase(
            id=self._ids.new(),
            source=case.source,
            check=case.check,
            object=case.object,
            features=features,
            created_at=now,
            changed_at=now,
            origin=origin,
            by=by,
        )


def _saying(
    known: Sequence[SolvedCase], case: Case, call: ActionCall, features: tuple[str, ...]
) -> Sequence[SolvedCase]:
    """Those that say that this call helps here: the recognised one first, then what was confirmed, the most alike. What
    an investigation said of the case need not look quite as the case does by the time somebody has said yes."""
    remedy, recognised = remedy_of(call, case.object), recognised_in(case.evidence)
    ranked = []
    for each in known:
        is_recognised = recognised is not None and each.id == recognised.memory
        score = likeness(each.features, features).score
        says_so = each.remedy and (each.remedy == remedy or each.remedy.call_for(case.object, each.object) == call)
        is_of_it = (each.source, each.object) == (case.source, case.object) and not each.is_confirmed
        if says_so and (is_recognised or score >= (LIKE if is_of_it else SAME)):
            ranked.append(((is_recognised, each.is_confirmed, score, each.id), each))
    return [each for _, each in sorted(ranked, key=lambda pair: pair[0], reverse=True)]

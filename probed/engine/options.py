"""Which actions fit a finding, and what the rules say about each of them now."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from probed.core.case import Case, Option
from probed.core.finding import ActionCall, Finding
from probed.core.inspection import Inspection
from probed.core.permission import Permission, Source, rule
from probed.engine.rules import Rules
from probed.errors import DeadlineExceeded, NotFound, Overloaded, ParameterError
from probed.ports import Action, Actions, Clock, Transaction, Workers

log = logging.getLogger("cortex.options")

LOOK_DEADLINE_S = 5.0


@dataclass(frozen=True, slots=True)
class Candidate:
    call: ActionCall
    cooldown_s: float
    document: Source


class Options:
    """Two halves: `candidates` may look at the host (in a worker, outside a transaction), `options` only reads the
    monitor."""

    def __init__(self, actions: Actions, workers: Workers, clock: Clock, rules: Rules) -> None:
        self._actions, self._workers, self._clock = actions, workers, clock
        self.rules = rules

    async def candidates(self, finding: Finding, document: Inspection | None) -> list[Candidate]:
        found: list[Candidate] = []
        for source, name, fixed in self._wishes(finding, document):
            candidate = await self._candidate(finding, source, name, fixed)
            if candidate and all(candidate.call.key != other.call.key for other in found):
                found.append(candidate)
        return found

    async def candidates_of_case(self, case: Case, document: Inspection | None) -> list[Candidate]:
        finding = Finding(case.check, case.object, case.severity, case.summary, case.evidence)
        return await self.candidates(finding, document)

    async def options(self, tx: Transaction, candidates: Sequence[Candidate]) -> list[Option]:
        now = self._clock.now()
        return [
            Option(candidate.call, rule(await self._sources(tx, candidate, now), self.rules.mode))
            for candidate in candidates
        ]

    def _wishes(
        self, finding: Finding, document: Inspection | None
    ) -> list[tuple[Source, str, Mapping[str, object] | None]]:
        """Who would like which action: the document's levels in their order, then the finding's own proposal."""
        wishes: list[tuple[Source, str, Mapping[str, object] | None]] = []
        if document:
            automatic = Source(Permission.AUTOMATIC, f"document {document.id} allows it on L1")
            ask = Source(Permission.ASK, f"document {document.id} wants a person to approve it")
            wishes += [(automatic, name, fixed) for name, fixed in document.actions.automatic.items()]
            wishes += [(ask, name, fixed) for name, fixed in document.actions.ask.items()]
        proposal = finding.proposed_action
        if proposal and all(name != proposal.action for _, name, _ in wishes):
            wishes.append((self._voice_of_proposal(document), proposal.action, None))
        return wishes

    def _voice_of_proposal(self, document: Inspection | None) -> Source:
        if document:
            return Source(Permission.NEVER, f"document {document.id} does not name it")
        return Source(self.rules.submitted, "proposed by a submitted report")

    async def _candidate(
        self, finding: Finding, source: Source, name: str, fixed: Mapping[str, object] | None
    ) -> Candidate | None:
        try:
            action = self._actions.get(name)
            call = await self._workers.run(
                lambda: _call(action, finding, fixed), deadline_s=LOOK_DEADLINE_S, name=f"options of {name}"
            )
        except (NotFound, ParameterError, DeadlineExceeded, Overloaded) as error:
            log.warning("action %s does not apply to %s %s: %s", name, finding.check, finding.object, error)
            return None
        return Candidate(call, action.cooldown_s, source) if call else None

    async def _sources(self, tx: Transaction, candidate: Candidate, now: datetime) -> list[Source]:
        sources = [candidate.document]
        policy = self.rules.policy.get(candidate.call.action)
        if policy:
            sources.append(Source(policy, f"actions.policy says {policy}"))
        since = now - timedelta(seconds=candidate.cooldown_s)
        last = await tx.changes.last_of(candidate.call, since)
        if last:
            sources.append(Source(Permission.ASK, f"was done already at {last.ended_at:%H:%M} UTC"))
        return sources


def _call(action: Action, finding: Finding, fixed: Mapping[str, object] | None) -> ActionCall | None:
    if fixed is None and finding.proposed_action:
        return ActionCall(action.name, action.validate(finding.proposed_action.params))
    return action.call_for(finding, fixed or {})

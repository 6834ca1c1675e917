"""Which actions fit a finding, and what the rules say about each of them now."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from probed.core.case import Case, Option
from probed.core.finding import ActionCall, Finding
from probed.core.inspection import Inspection, Policy
from probed.core.permission import Permission, Ruling, Source
from probed.engine.injections import is_attempt
from probed.engine.rules import Rules
from probed.engine.rulings import Rulings
from probed.errors import CortexError
from probed.ports import Action, Actions, Transaction, Workers

log = logging.getLogger("cortex.options")

LOOK_DEADLINE_S = 5.0
OURSELVES = "cortex"
"""The source of what Cortex finds of itself; nobody else can speak for it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    call: ActionCall
    sources: tuple[Source, ...]
    """What the document, and where the parameters come from, say about it."""
    is_proposed: bool = False
    """Its parameters do not follow from what was checked."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of the finding that it fits."""
    obstacle: str = ""
    """Why it cannot be; its parameters may then be none that the action takes."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An action that somebody would like, with the document's own parameters; None: only as the finding proposes."""

    action: str
    source: Source
    fixed: Mapping[str, object] | None


class Options:
    """Two halves: `candidates` may look at the host (in a worker, outside a transaction), the rest only reads the
    monitor."""

    def __init__(self, actions: Actions, workers: Workers, rulings: Rulings, rules: Rules) -> None:
        self._actions, self._workers, self._rulings = actions, workers, rulings
        self.rules = rules

    async def candidates(
        self, finding: Finding, document: Inspection | None, *, is_own: bool = False
    ) -> list[Candidate]:
        """None for what is only text that would like something done. `is_own`: Cortex found it, of itself."""
        found: list[Candidate] = []
        if is_attempt(finding):
            return found
        for wish in self._wishes(finding, document, is_own):
            candidate = await self._candidate(finding, wish)
            if candidate and all(candidate.call.key != other.call.key for other in found):
                found.append(replace(candidate, labels=self._labels(finding, document)))
        return found

    async def candidates_of_case(self, case: Case, document: Inspection | None) -> list[Candidate]:
        return await self.candidates(_finding_of(case), document, is_own=_is_own(case))

    async def options(self, tx: Transaction, candidates: Sequence[Candidate]) -> list[Option]:
        return [Option(candidate.call, await self._ruling(tx, candidate)) for candidate in candidates]

    async def ruling_now(self, tx: Transaction, call: ActionCall, case: Case, document: Inspection | None) -> Ruling:
        """What the rules say at the moment of execution; they may have changed since the action was queued."""
        labels = self._labels(_finding_of(case), document)
        return await self._rulings.ruling(tx, call, [self._voice(call.action, document, _is_own(case))], labels)

    async def is_left_to_the_model(
        self, tx: Transaction, call: ActionCall, case: Case, document: Inspection | None
    ) -> bool:
        return await self._rulings.leaves_it_to_the_model(tx, call, self._labels(_finding_of(case), document))

    async def _ruling(self, tx: Transaction, candidate: Candidate) -> Ruling:
        if candidate.obstacle:
            return Ruling(Permission.NEVER, candidate.obstacle)
        return await self._rulings.ruling(tx, candidate.call, candidate.sources, candidate.labels)

    def _labels(self, finding: Finding, document: Inspection | None) -> Mapping[str, str]:
        """As its alert would have them, as far as they are known."""
        return {
            **(document.labels if document else {}),
            "alertname": finding.check,
            "object": finding.object,
            "host": self.rules.host,
            "severity": str(finding.severity),
            **({"source": document.id} if document else {}),
        }

    def _wishes(self, finding: Finding, document: Inspection | None, is_own: bool) -> list[Wish]:
        """Who would like which action: the document's levels in their order, then the finding's own proposal."""
        wishes: list[Wish] = []
        if document:
            levels = (document.actions.automatic, document.actions.ask)
            wishes += [
                Wish(name, self._voice(name, document), fixed) for level in levels for name, fixed in level.items()
            ]
        proposal = finding.proposed_action
        if proposal and all(wish.action != proposal.action for wish in wishes):
            wishes.append(Wish(proposal.action, self._voice(proposal.action, document, is_own), None))
        return wishes

    def _voice(self, action: str, document: Inspection | None, is_own: bool = False) -> Source:
        if is_own:
            return Source(Permission.ASK, "proposed by Cortex for itself")
        if document is None:
            return Source(self.rules.submitted, "proposed by a submitted report")
        name = f"document {document.id}"
        if action not in (*document.actions.automatic, *document.actions.ask):
            return Source(Permission.NEVER, f"{name} does not name it")
        if document.policy is Policy.OBSERVE:
            return Source(Permission.NEVER, f"the policy of {name} is observe")
        if action in document.actions.ask:
            return Source(Permission.ASK, f"{name} wants a person to approve it")
        if document.policy is Policy.CAREFUL:
            return Source(Permission.ASK, f"the policy of {name} is careful")
        return Source(Permission.AUTOMATIC, f"{name} allows it on L1")

    async def _candidate(self, finding: Finding, wish: Wish) -> Candidate | None:
        try:
            action = self._actions.get(wish.action)
            call, is_derived = await self._workers.run(
                lambda: _call(action, finding, wish.fixed), deadline_s=LOOK_DEADLINE_S, name=f"options of {wish.action}"
            )
        except CortexError as error:
            log.warning("action %s does not apply to %s %s: %s", wish.action, finding.check, finding.object, error)
            return Candidate(_as_wished(wish, finding), (), obstacle=str(error))
        if call is None:
            return None
        proposed = Source(Permission.ASK, "its parameters were proposed, not taken from what was checked")
        return Candidate(call, (wish.source,) if is_derived else (wish.source, proposed), not is_derived)


def _is_own(case: Case) -> bool:
    return case.source == OURSELVES


def _finding_of(case: Case) -> Finding:
    return Finding(case.check, case.object, case.severity, case.summary, case.evidence)


def _as_wished(wish: Wish, finding: Finding) -> ActionCall:
    """What somebody wanted, for the card that says why it cannot be."""
    proposal = finding.proposed_action
    return proposal if wish.fixed is None and proposal else ActionCall(wish.action, dict(wish.fixed or {}))


def _call(action: Action, finding: Finding, fixed: Mapping[str, object] | None) -> tuple[ActionCall | None, bool]:
    """The call, and whether it follows from what a check found. A proposal (a model's, another program's) never
    replaces what does, and what only a proposal or a model gives never runs without a person."""
    if fixed is None:
        assert finding.proposed_action
        return ActionCall(action.name, action.validate(finding.proposed_action.params)), False
    derived = action.call_for(replace(finding, proposed_action=None), fixed)
    if derived and not finding.is_from_model:
        return derived, True
    return action.call_for(finding, fixed), False

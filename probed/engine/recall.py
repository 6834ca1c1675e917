"""Recognises what was solved before in the findings of a report."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from probed.core.case import Case, Stage
from probed.core.finding import FROM_MODEL, ActionCall, Finding, Severity
from probed.core.inspection import Inspection
from probed.core.likeness import RECOGNISED, features_of
from probed.core.recall import Recollection, Use, recall
from probed.core.recognition import Recognition, recognition_of, without_recognition
from probed.core.report import Report
from probed.core.solved_case import SolvedCase
from probed.engine.injections import is_attempt
from probed.engine.rules import Rules
from probed.errors import CortexError
from probed.ports import Clock, Queries

log = logging.getLogger("cortex.recall")

MOST_RECOGNISED = 20
"""Problems of one report: where there are more, the host is in a state of its own."""
Identity = tuple[str, str, str]
"""Source, check, object."""


class Recall:
    """What was verified of an open finding is kept here, so that each report need not look again."""

    def __init__(self, queries: Queries, rules: Rules, clock: Clock) -> None:
        self._queries, self._rules, self._clock = queries, rules, clock
        self._verified: dict[Identity, Recognition] = {}
        self._checks: set[str] | None = None
        """Of which anything may be remembered; None: not read yet. A problem of any other is not looked up."""

    async def recognised(self, report: Report, document: Inspection | None) -> Report:
        """The report with what is remembered of its findings. Never raises: without memories it is a report, too."""
        kept = [
            replace(finding, evidence=evidence)
            if (evidence := without_recognition(finding.evidence)) is not finding.evidence
            else finding
            for finding in report.findings
        ]
        found = await self.recollections(kept, document)
        self._forget_ended(report)
        is_led = any(is_attempt(finding) for finding in kept)  # somebody wants something: nothing more is proposed
        offering = None if is_led else document
        noted = [self._noted(report.source, finding, found.get(finding.identity), offering) for finding in kept]
        return replace(report, findings=tuple(noted)) if noted != list(report.findings) else report

    async def recollections(
        self, findings: Sequence[Finding], document: Inspection | None
    ) -> Mapping[tuple[str, str], Recollection]:
        """Of those that checks found, by identity; a check of which nothing is remembered is left out, and so are all
        where very many are wrong."""
        troubled = [finding for finding in findings if is_recallable(finding)]
        try:
            known = await self._known({finding.check for finding in troubled})
        except CortexError as error:
            log.warning("what was solved before cannot be read: %s", error)
            return {}
        by_check: dict[str, list[SolvedCase]] = {}
        for memory in known:
            by_check.setdefault(memory.check, []).append(memory)
        there = [finding for finding in troubled if finding.check in by_check]
        if len(there) > MOST_RECOGNISED:
            return {}
        labels, now = document.labels if document else {}, self._clock.now()

        def compare() -> Mapping[tuple[str, str], Recollection]:
            return {
                finding.identity: recall(self.features(finding, labels, troubled), by_check[finding.check], now)
                for finding in there
            }

        return await asyncio.to_thread(compare) if there else {}

    async def _known(self, checks: set[str]) -> Sequence[SolvedCase]:
        if not checks:
            return ()
        if self._checks is None:
            self._checks = set(await self._queries.remembered_checks())
        wanted = checks & self._checks
        return await self._queries.solved_before(wanted) if wanted else ()

    def learned(self, check: str) -> None:
        """There is a memory of it."""
        if self._checks is not None:
            self._checks.add(check)

    @property
    def may_settle(self) -> bool:
        """Whether what it knows may take the place of an investigation."""
        return self._rules.recalls

    async def has_open_of_a_model(self, source: str) -> bool:
        """What only a model has found, only a model can call gone."""
        return any(check.startswith(FROM_MODEL) for check, _ in await self._queries.open_of(source))

    def features(self, finding: Finding, labels: Mapping[str, str], findings: Iterable[Finding]) -> tuple[str, ...]:
        beside = [each.check for each in findings if is_recallable(each) and each.identity != finding.identity]
        return features_of(
            finding.object, finding.severity, finding.summary, finding.evidence, labels, beside, self._rules.host
        )

    def features_of_case(self, case: Case, others: Iterable[Case]) -> tuple[str, ...]:
        found = [finding_of(each) for each in others if each.stage is not Stage.RESOLVED]
        return self.features(finding_of(case), case.labels, found)

    def verify(self, source: str, finding: Finding, recognition: Recognition) -> None:
        self._verified[source, finding.check, finding.object] = recognition

    def forget(self, memory_id: str) -> None:
        """It was changed, or it failed."""
        self._verified = {key: known for key, known in self._verified.items() if known.memory != memory_id}

    def _forget_ended(self, report: Report) -> None:
        if not self._verified or report.is_partial:
            return
        open_now = {(report.source, *finding.identity) for finding in report.findings}
        for key in [key for key in self._verified if key[0] == report.source and key not in open_now]:
            del self._verified[key]

    def _noted(self, source: str, finding: Finding, found: Recollection | None, document: Inspection | None) -> Finding:
        known = self._verified.get((source, *finding.identity))
        memory = _remembered(found, known) if found else None
        if found is None or memory is None:
            return finding
        verified = known.verified if known and known.memory == memory.id else ""
        recognition = recognition_of(memory, found.likeness.score, verified)
        noted = replace(finding, evidence={**finding.evidence, RECOGNISED: recognition.as_evidence()})
        if finding.proposed_action or (call := proposal_of(memory, finding, document)) is None:
            return noted
        return replace(noted, proposed_action=call)


def _remembered(found: Recollection, known: Recognition | None) -> SolvedCase | None:
    """Among rivals the one whose probes have shown the same."""
    if found.use is not Use.IGNORE:
        return found.memory
    rivals = (found.memory, *found.rivals) if found.rivals else ()
    return next((each for each in rivals if each and known and each.id == known.memory), None)


def is_recallable(finding: Finding) -> bool:
    """A problem that a check found: what only a model says cannot be recognised before a model was asked."""
    return finding.severity is not Severity.INFO and not finding.is_from_model and not is_attempt(finding)


def proposal_of(memory: SolvedCase, finding: Finding, document: Inspection | None) -> ActionCall | None:
    """What helped, where the document lets it be proposed; what is permitted, the rules say as of any proposal."""
    if memory.remedy is None or document is None:
        return None
    is_named = memory.remedy.action in document.proposable
    return memory.remedy.call_for(finding.object, memory.object) if is_named else None


def finding_of(case: Case) -> Finding:
    return Finding(case.check, case.object, case.severity, case.summary, case.evidence)

"""Watching on while nothing can be recorded: checks look, and what is new is told past the outbox, once."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from probed.core.finding import Finding, Severity
from probed.core.phrases import say
from probed.engine.catalogue import Catalogue
from probed.engine.inspect import Inspector
from probed.engine.judging import Active
from probed.engine.persistence import Persistence
from probed.errors import CannotPersist, CortexError
from probed.ports import Queries

log = logging.getLogger("cortex.blind_watch")

MOST_OPEN = 500
MOST_NAMED = 5
MOST_TOLD = 10_000


class BlindWatch:
    def __init__(self, inspector: Inspector, catalogue: Catalogue, queries: Queries, persistence: Persistence) -> None:
        self._inspector, self._catalogue = inspector, catalogue
        self._queries, self._persistence = queries, persistence
        self._told: dict[tuple[str, str, str], Severity] = {}
        """What was told since nothing can be recorded, by source, check and object."""

    async def watch(self, inspection_id: str, error: CannotPersist) -> None:
        """Instead of a run that could not be recorded because of `error`. No model is asked, and nothing is done."""
        if not self._persistence.fault:
            self._told.clear()
        await self._persistence.failed(error)
        findings = await self._inspector.glance(inspection_id, await self._active(inspection_id))
        news = [finding for finding in findings if self._is_news(inspection_id, finding)]
        if not news:
            return
        self._told |= {(inspection_id, *finding.identity): finding.severity for finding in news}
        for oldest in list(self._told)[: max(0, len(self._told) - MOST_TOLD)]:
            del self._told[oldest]
        worst = max((finding.severity for finding in news), key=lambda severity: severity.rank)
        await self._persistence.announce(_words(news), str(worst))

    def _is_news(self, source: str, finding: Finding) -> bool:
        known = self._told.get((source, *finding.identity), Severity.INFO)
        return finding.severity.rank > known.rank

    async def _active(self, source: str) -> Active:
        """What is open already was told already; where not even that can be read, everything is news."""
        try:
            cases = (await self._queries.cases(MOST_OPEN, open_only=True)).items
        except CortexError as error:
            log.warning("what is open cannot be read: %s", error)
            cases = ()
        known = {case.identity: case.severity for case in cases if case.source == source}
        self._told |= {(source, *identity): severity for identity, severity in known.items()}
        return known


def _words(findings: Sequence[Finding]) -> str:
    lines = [f"{finding.severity}: {finding.summary}" for finding in findings[:MOST_NAMED]]
    more = len(findings) - MOST_NAMED
    if more > 0:
        lines.append(say("{count} more", count=more))
    return say("found while nothing can be recorded:") + "\n" + "\n".join(lines)

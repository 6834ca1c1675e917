"""After a fix: is what was found really gone? The checks that found it look once more."""

from __future__ import annotations

from dataclasses import dataclass

from probed.core.case import Case
from probed.core.pieces import NOTHING
from probed.engine.catalogue import Catalogue
from probed.engine.judging import severity_of
from probed.engine.looking import look, placed
from probed.ports import Queries, Tracer, Workers

LOOK_DEADLINE_S = 30.0


@dataclass(frozen=True, slots=True)
class Rechecked:
    fault: str = ""
    """The summary of what is still wrong with the case's object, or why that cannot be said; empty where it is healthy
    or no longer there."""
    has_looked: bool = True
    """False where no check of ours found it: a submitted report or a model did."""


class Recheck:
    def __init__(self, catalogue: Catalogue, queries: Queries, workers: Workers, tracer: Tracer) -> None:
        self._catalogue, self._queries = catalogue, queries
        self._workers, self._tracer = workers, tracer

    async def look_again(self, case: Case) -> Rechecked:
        entry = self._catalogue.entries.get(case.source)
        checks = {place: each for place, each in placed(entry.checks) if each.name == case.check} if entry else {}
        remembered = any(check.remembers for check in checks.values())
        known = await self._queries.memories(case.source) if remembered else {}
        for place, check in checks.items():
            result = await look(check, self._workers, LOOK_DEADLINE_S, self._tracer, known.get(place, NOTHING))
            if not result.covers:
                return Rechecked(f"{case.check} cannot tell: {result.failure or 'it sees nothing any more'}")
            for seen in result.observations:
                if seen.object == case.object and severity_of(seen, None):
                    return Rechecked(seen.summary)
        return Rechecked(has_looked=bool(checks))

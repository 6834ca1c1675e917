"""After a fix: is what was found really gone? The checks that found it look once more."""

from __future__ import annotations

import logging

from probed.core.case import Case
from probed.core.observation import Observation
from probed.engine.catalogue import Catalogue
from probed.engine.judging import severity_of
from probed.errors import CortexError
from probed.ports import Workers

log = logging.getLogger("cortex.recheck")

LOOK_DEADLINE_S = 30.0


class Recheck:
    def __init__(self, catalogue: Catalogue, workers: Workers) -> None:
        self._catalogue, self._workers = catalogue, workers

    async def still_found(self, case: Case) -> str:
        """The summary of what is still wrong with the case's object; empty where it is healthy, no longer there, or
        where no check of ours found it."""
        entry = self._catalogue.entries.get(case.source)
        for check in entry.checks if entry else ():
            if check.name != case.check:
                continue
            try:
                answer = await self._workers.run(check.look, deadline_s=LOOK_DEADLINE_S, name=f"recheck {check.name}")
            except CortexError as error:
                log.warning("%s %s could not be looked at again: %s", case.check, case.object, error)
                return f"{case.check} gives no answer: {error}"
            for seen in answer:
                if isinstance(seen, Observation) and seen.object == case.object and severity_of(seen, None):
                    return seen.summary
        return ""

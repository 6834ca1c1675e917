"""What becomes of an inspection whose document was removed: its cases are closed, since no report speaks for them any
more."""

from __future__ import annotations

import logging

from probed.core.case import Gone
from probed.core.run import Trigger
from probed.engine.catalogue import Catalogue
from probed.engine.judging import Judge
from probed.engine.ladder import Ladder
from probed.engine.newest import NewestLooks
from probed.engine.pulse import Pulse
from probed.engine.remember import Remembered
from probed.ports import Monitor, Queries

log = logging.getLogger("cortex.retire")

REMOVED = "its document was removed"


class Retirement:
    def __init__(
        self,
        monitor: Monitor,
        queries: Queries,
        ladder: Ladder,
        catalogue: Catalogue,
        judge: Judge,
        pulse: Pulse,
        newest: NewestLooks,
        remembered: Remembered,
    ) -> None:
        self._monitor, self._queries, self._ladder, self._catalogue = monitor, queries, ladder, catalogue
        self._judge, self._pulse, self._newest, self._remembered = judge, pulse, newest, remembered

    def is_due(self, source: str) -> bool:
        """For a source that was an inspection."""
        return self._catalogue.document(source) is None

    async def retire(self, source: str) -> None:
        self._judge.forget(source)
        self._newest.forget(source)
        self._remembered.forget(source)
        async with self._monitor.transaction() as tx:
            await tx.memories.forget(source)
            await tx.analyses.forget(source)
            cases = await tx.cases.open_of(source)
            for case in cases:
                await self._ladder.apply(tx, case, Gone(REMOVED))
            if cases:
                await tx.ledger.append("note", "cortex", source, f"{REMOVED}: {len(cases)} open cases are closed")
        self._pulse.beat()
        log.info("inspection %s: %s; %d open cases are closed", source, REMOVED, len(cases))

    async def retire_removed(self) -> None:
        """At the start: what was removed while nobody looked.

        A broken document does not say which inspection it is, so as long as there is one nothing counts as removed.
        """
        if self._catalogue.broken:
            return
        for source in await self._queries.worst_open():
            if self.is_due(source) and await self._was_inspection(source):
                await self.retire(source)

    async def _was_inspection(self, source: str) -> bool:
        """By its newest run. Without one nobody knows; then what is open stays open."""
        runs = (await self._queries.runs(1, inspection=source)).items
        return bool(runs) and runs[0].trigger is not Trigger.EXTERNAL

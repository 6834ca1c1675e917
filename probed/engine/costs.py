"""What something has cost until now, where the answer that would tell did not come, or could not be used."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from probed.errors import CortexError
from probed.ports import Clock, Queries

log = logging.getLogger("cortex.agent")


@dataclass(frozen=True, slots=True)
class Costs:
    queries: Queries
    clock: Clock

    async def of(self, subject: str) -> float:
        """Dollars, of a run, a question or an advice, as the ledger has it; 0 where that cannot be read."""
        now = self.clock.now()
        try:
            return (await self.queries.spent(subject, "", now, now)).run_usd
        except CortexError as error:
            log.warning("what %s cost is not known: %s", subject, error)
            return 0.0

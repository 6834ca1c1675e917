"""Whether a model can be asked at all: looked after at the start and after failures, told once, and taken back."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from probed.core.agent_trouble import AgentTrouble
from probed.core.finding import Finding, Severity
from probed.engine.ingest import Ingest
from probed.errors import CortexError
from probed.ports import Monitor, Preflight, Queries, ReportDraft

log = logging.getLogger("cortex.agent")

CHECK = "model_access"
TOLD = "model_access_told"
"""Name of the setting that keeps what is an alert now."""


class AgentWatch:
    def __init__(self, preflight: Preflight | None, monitor: Monitor, queries: Queries, ingest: Ingest) -> None:
        """`preflight`: None where no model is configured."""
        self._preflight, self._monitor, self._queries, self._ingest = preflight, monitor, queries, ingest

    async def run(self) -> None:
        """Until it is cancelled; where no model is configured any more it ends at once, with its alert."""
        while True:
            try:
                await self.turn()
            except CortexError as error:
                log.error("the model's preflight: %s", error)
            except Exception:
                log.exception("the model's preflight failed")
            if self._preflight is None:
                return
            await self._preflight.until_due()

    async def turn(self) -> None:
        await self._tell(await self._preflight.troubles() if self._preflight else ())

    async def _tell(self, troubles: Sequence[AgentTrouble]) -> None:
        """Only what is new, and lasts or was told before this start. The report first: told twice is better than
        never."""
        told = await self._queries.setting(TOLD)
        before = told if isinstance(told, list) else []
        known = {backend for backend, _ in before}
        troubles = [each for each in troubles if each.lasts or each.backend in known]
        now = [[each.backend, each.stands_in] for each in troubles]
        if now == before:
            return
        findings = tuple(_finding(each) for each in troubles)
        summary = findings[0].summary if findings else "the model can be asked again"
        verdict = "warning" if findings else "ok"
        await self._ingest.report_own(ReportDraft("cortex", verdict, summary, findings), CHECK)
        async with self._monitor.transaction() as tx:
            await tx.settings.set(TOLD, now)


def _finding(trouble: AgentTrouble) -> Finding:
    reason, _, command = trouble.reason.partition("; type: ")
    instead = f"{trouble.stands_in} stands in" if trouble.stands_in else "checks go on without a model"
    summary = f"{trouble.backend} cannot be used: {reason}; {instead}"
    evidence = {"reason": reason, "instead": instead, **({"type": command} if command else {})}
    return Finding(CHECK, trouble.backend, Severity.WARNING, summary, evidence)

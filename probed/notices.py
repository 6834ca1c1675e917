"""What the daemon tells of itself: in the log, and where a person should know of it, as a message."""

from __future__ import annotations

from collections.abc import Sequence

from loguru import logger

from probed.core.finding import Finding, Severity
from probed.core.inspection import BrokenDocument
from probed.engine.engine import Engine
from probed.monitor.restoring import Restored
from probed.ports import ReportDraft

MOST_TOLD = 3
"""Broken documents that one message names."""
HEALED_IS_NEWS_S = 86400.0


class Notices:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def tell(self, text: str) -> None:
        logger.error("{}", text)
        await self._engine.operator.notify(text)

    async def tell_broken(self, documents: Sequence[BrokenDocument]) -> None:
        self.log_broken(documents)
        if documents:
            named = [self._words_for(document) for document in documents[:MOST_TOLD]]
            more = [f"and {len(documents) - MOST_TOLD} more"] if len(documents) > MOST_TOLD else []
            await self._engine.operator.notify("\n".join([*named, *more]))

    async def tell_healed(self, healed: Restored) -> None:
        """An alert, for what is lost by it is to be known."""
        logger.critical("{}", healed.words)
        finding = Finding("monitor", "Cortex", Severity.CRITICAL, healed.words, ttl_s=HEALED_IS_NEWS_S)
        await self._engine.ingest.report_own(ReportDraft("cortex", "critical", healed.words, (finding,)), "monitor")

    def log_broken(self, documents: Sequence[BrokenDocument]) -> None:
        for document in documents:
            logger.error("{}", self._words_for(document))

    def _words_for(self, document: BrokenDocument) -> str:
        kept = "; its last good version stays in force" if self._engine.catalogue.keeps(document) else ""
        return f"inspection cannot be used: {document}{kept}"

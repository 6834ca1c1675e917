"""What was said with a model is kept, whether it led to an answer or not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from probed.core.evidence import lines_of
from probed.core.investigation import Evidence
from probed.core.transcript import TranscriptKind
from probed.errors import CortexError
from probed.ports import Monitor

log = logging.getLogger("cortex.agent")


async def keep_transcript(monitor: Monitor, subject: str, kind: TranscriptKind, text: str) -> None:
    """Never raises for its own sake: the answer counts without it, too."""
    if not text:
        return
    try:
        await monitor.keep_transcript(subject, kind, text)
    except CortexError as error:
        log.warning("the transcript of %s was not kept: %s", subject, error)


async def keep_evidence(monitor: Monitor, run_id: str, evidence: Sequence[Evidence]) -> None:
    """What its probes answered; as little a reason to fail as a transcript."""
    text = await asyncio.to_thread(lines_of, evidence)
    await keep_transcript(monitor, run_id, TranscriptKind.EVIDENCE, text)

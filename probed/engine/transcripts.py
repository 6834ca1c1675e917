"""What was said with a model is kept, whether it led to an answer or not."""

from __future__ import annotations

import logging

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

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from probed.api.mapping import moment
from probed.core.transcript import Transcript, TranscriptKind
from probed.wire.run import TranscriptShape

KINDS: Mapping[TranscriptKind, Literal["investigation", "advice", "question"]] = {
    TranscriptKind.INVESTIGATION: "investigation",
    TranscriptKind.ADVICE: "advice",
    TranscriptKind.QUESTION: "question",
}


def transcript_shape(transcript: Transcript) -> TranscriptShape:
    return TranscriptShape(
        subject=transcript.subject,
        kind=KINDS[transcript.kind],
        at=moment.text(transcript.at),
        stored_bytes=transcript.stored_bytes,
        sha256=transcript.sha256,
        text=transcript.text,
    )

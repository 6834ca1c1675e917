from __future__ import annotations

from probed.api.mapping import moment
from probed.core.transcript import Transcript, TranscriptKind
from probed.wire.run import TranscriptShape


def transcript_shape(transcript: Transcript) -> TranscriptShape:
    return TranscriptShape(
        subject=transcript.subject,
        kind="advice" if transcript.kind is TranscriptKind.ADVICE else "investigation",
        at=moment.text(transcript.at),
        stored_bytes=transcript.stored_bytes,
        sha256=transcript.sha256,
        text=transcript.text,
    )

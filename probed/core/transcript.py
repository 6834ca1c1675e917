"""A transcript: what was said to a model and by it, as JSON lines, without what looks like a credential."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from probed.core.redaction import mask

MOST_CHARACTERS = 2**20
"""What is longer loses its middle: how it began and how it ended counts most."""


class TranscriptKind(StrEnum):
    INVESTIGATION = "investigation"
    """Its subject is a run."""
    ADVICE = "advice"
    """Its subject is a decision."""
    EVIDENCE = "evidence"
    """Its subject is a run: what the probes answered, see `evidence.py`."""
    RECORDING = "recording"
    """Its subject is a run: what it stood on, see `recording.py`."""
    QUESTION = "question"
    """Its subject is a question of a person."""


BESIDE = frozenset({TranscriptKind.EVIDENCE, TranscriptKind.RECORDING})
"""What is kept beside what was said."""


@dataclass(frozen=True, slots=True)
class Transcript:
    subject: str
    """The id of the run, the decision or the question that the model was asked about."""
    kind: TranscriptKind
    at: datetime
    text: str
    stored_bytes: int
    sha256: str
    """Of what is stored."""


def kept_form(kind: TranscriptKind, text: str) -> str:
    """Evidence and recordings are masked already, have a bound, and count only as they are."""
    return text if kind in BESIDE else storable(text)


def storable(text: str) -> str:
    """Masked, and no longer than is kept but for what masks add. Takes a while: not for the event loop. What is left
    out is not looked through first: that would keep the interpreter from all others for seconds."""
    lines = shortened([line for line in text.split("\n") if line], MOST_CHARACTERS)
    return "".join(f"{_masked_line(line)}\n" for line in lines)


def shortened(lines: list[str], most: int) -> list[str]:
    """The first and the last lines, as many as there is room for, with a line that says how many are left out."""
    if sum(len(line) + 1 for line in lines) <= most:
        return lines
    head, tail = _fitting(lines, most // 2), _fitting(lines[::-1], most // 2)[::-1]
    gap = json.dumps({"type": "left_out", "lines": len(lines) - len(head) - len(tail)})
    return [*head, gap, *tail]


def _fitting(lines: list[str], most: int) -> list[str]:
    room = most
    for number, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            return lines[:number]
    return lines


def _masked_line(line: str) -> str:
    """Inside each text of it, where quotes are not escaped, and as a whole, where names stand before their values."""
    try:
        content = json.dumps(_masked(json.loads(line)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return json.dumps({"type": "text", "text": mask(line)})
    masked = mask(content)
    return masked if _is_json(masked) else json.dumps({"type": "text", "text": masked}, ensure_ascii=False)


def _masked(value: object) -> object:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list):
        return [_masked(each) for each in value]
    if isinstance(value, dict):
        return {mask(name): _masked(each) for name, each in value.items()}
    return value


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True

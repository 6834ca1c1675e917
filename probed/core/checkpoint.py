"""A checkpoint: the signed statement of what stood in the record of intents before its beginning was cut."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from probed.core.intent import GENESIS

Holds = Callable[[str, bytes, str], bool]
"""Whether the signature is that of this public key over these bytes."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    number: int
    """Of the last intent that was cut; the record goes on with the next one."""
    hash: str
    """Of that intent."""
    at: datetime
    first_at: datetime
    last_at: datetime
    """When the first and the last intent were written that this cut took."""
    counts: Mapping[str, int]
    """How many went with this cut, by kind."""
    previous: str
    """The seal of the checkpoint before; GENESIS where there is none."""
    key: str
    """The public key that signed it, in hexadecimal digits."""
    signature: str = ""

    @property
    def content(self) -> bytes:
        """What is signed."""
        fields = [
            "cortex checkpoint 1",
            self.number,
            self.hash,
            *(moment.isoformat() for moment in (self.at, self.first_at, self.last_at)),
            dict(self.counts),
            self.previous,
            self.key,
        ]
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()

    @property
    def seal(self) -> str:
        """By which the next one refers to it."""
        return hashlib.sha256(self.content + self.signature.encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.key)


def fingerprint_of(key: str) -> str:
    """Of a public key, as its digits stand there; short enough to be compared by eye."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return " ".join(digest[begin : begin + 4] for begin in range(0, len(digest), 4))


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """Whether the record of intents is as it was written."""

    broken_at: int | None = None
    """The number of the first intent, or checkpoint, that is not."""
    fault: str = ""
    """What is wrong there; empty where nothing is."""
    checkpoint: Checkpoint | None = None
    """Where the record begins; None: with the very first intent."""
    is_vouched_for: bool = True
    """False where this host has no keys, as after a restore elsewhere: then nobody but a person can say whose the
    checkpoint's key is."""


def fault_of(checkpoints: Iterable[Checkpoint], known: Container[str] | None, holds: Holds) -> ChainVerdict | None:
    """What is wrong with the first of them that is not as it was signed by one of the `known` keys; None where nothing
    is. The oldest first. Without `known` (None) each key counts."""
    before: Checkpoint | None = None
    for each in checkpoints:
        if fault := _fault(each, before, known, holds):
            return ChainVerdict(each.number, fault)
        before = each
    return None


def _fault(each: Checkpoint, before: Checkpoint | None, known: Container[str] | None, holds: Holds) -> str:
    if not holds(each.key, each.content, each.signature):
        return f"the checkpoint at {each.number} is not as it was signed"
    if known is not None and each.key not in known:
        return f"the checkpoint at {each.number} is signed by a key that is none of this daemon's: {each.fingerprint}"
    if each.previous != (before.seal if before else GENESIS) or (before and each.number <= before.number):
        return f"a checkpoint before the one at {each.number} is missing"
    return ""

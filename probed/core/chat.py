"""Who may talk to the daemon in a chat: people paired by a code that a terminal shows once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

CODE_LIFETIME = timedelta(minutes=10)
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 of them, none that is taken for another."""
CODE_LENGTH = 8
MOST_FAILURES = 10
"""Wrong codes after which the right one is void, too: of 2^40 codes nobody guesses one with ten tries."""


@dataclass(frozen=True, slots=True)
class ChatMember:
    """One person in one chat."""

    chat_id: int
    user_id: int
    chat_name: str
    user_name: str
    paired_at: datetime
    paired_by: str
    """Who had the code shown."""


@dataclass(frozen=True, slots=True)
class PairingCode:
    """The code itself is not kept."""

    digest: str
    expires_at: datetime
    created_by: str
    failures: int = 0

    def is_good(self, now: datetime) -> bool:
        return now < self.expires_at and self.failures < MOST_FAILURES

    def fits(self, text: str) -> bool:
        return digest_of(text) == self.digest

    def failed(self) -> PairingCode:
        return replace(self, failures=self.failures + 1)


def code_of(number: int) -> str:
    """The code for a random number of 40 bits."""
    base = len(CODE_LETTERS)
    return "".join(CODE_LETTERS[number // base**place % base] for place in range(CODE_LENGTH))


def digest_of(code: str) -> str:
    """Of a code as people type it: small letters, spaces and hyphens mean nothing."""
    typed = code.upper().replace("-", "").replace(" ", "")
    return hashlib.sha256(typed.encode(errors="replace")).hexdigest()

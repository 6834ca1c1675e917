"""What a button carries: what it does, to what, since when; signed, for any Telegram client can send anything.

`LETTER SUBJECT : SECONDS : NONCE : SIGNATURE`, at most 64 bytes. The signature covers the chat, too: the button counts
nowhere else. The subject of an approval holds the beginning of the decision's hash. The whole text is used once.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from probed.channels.telegram_html import clean
from probed.core.card import Button
from probed.errors import Refused
from probed.ports import Pairings

MAX_DATA_BYTES = 64
LIFETIME_S = 7 * 24 * 3600.0
LETTERS = {
    "approve": "a",
    "reject": "r",
    "acknowledge": "k",
    "silence_1h": "s",
    "silence_8h": "S",
    "details": "d",
    "dry_run": "y",
    "more": "m",
    "investigate": "i",
}
VERBS = {letter: verb for verb, letter in LETTERS.items()}
SIGNATURE_LENGTH = 16
"""Of base64: 96 bits."""
FORGED = "this button is not one of mine"
TOO_OLD = "this button is too old; ask again: /alerts or /decisions"


@dataclass(frozen=True, slots=True)
class Press:
    """A touched button, as it was signed."""

    verb: str
    subject: str

    @property
    def object_id(self) -> str:
        """Without the hash that an approval carries."""
        return self.subject.partition(".")[0]


class Signer:
    def __init__(self, pairings: Pairings, clock: Callable[[], float] = time.time) -> None:
        """`pairings` has the key."""
        self._pairings, self._clock = pairings, clock

    def sign(self, button: Button, chat_id: int) -> str | None:
        """None for what Telegram would not take."""
        letter = LETTERS.get(button.verb)
        subject = clean(button.subject)
        if letter is None or ":" in subject:
            return None
        content = f"{letter}{subject}:{_base32(int(self._clock()))}:{secrets.token_urlsafe(2)}"
        data = f"{content}:{self._signature(content, chat_id)}"
        return data if len(data.encode()) <= MAX_DATA_BYTES else None

    def read(self, data: str, chat_ids: Collection[int]) -> Press:
        """`chat_ids`: those that the chat has or had. Raises Refused with words for the person."""
        content, _, signature = data.rpartition(":")
        signatures = [self._signature(content, chat_id) for chat_id in chat_ids]
        if not any(hmac.compare_digest(good.encode(), signature.encode(errors="replace")) for good in signatures):
            raise Refused(FORGED)
        head, seconds, _ = content.split(":")
        if self._clock() - int(seconds, 32) > LIFETIME_S:
            raise Refused(TOO_OLD)
        return Press(VERBS[head[0]], head[1:])

    def _signature(self, content: str, chat_id: int) -> str:
        signed = f"{chat_id} {content}".encode(errors="replace")
        digest = hmac.new(self._pairings.key, signed, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest)[:SIGNATURE_LENGTH].decode()


def _base32(number: int) -> str:
    """As `int(text, 32)` reads it."""
    digits = "0123456789abcdefghijklmnopqrstuv"
    text = ""
    while number:
        number, digit = divmod(number, 32)
        text = digits[digit] + text
    return text or "0"

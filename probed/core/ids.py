"""Identifiers that sort by time: 10 characters of milliseconds, 6 of chance, in Crockford's base 32."""

from __future__ import annotations

from datetime import datetime

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 16


def make_id(now: datetime, chance: int) -> str:
    """An id for the moment `now`; `chance` is a random number of 30 bits."""
    number = int(now.timestamp() * 1000) << 30 | chance
    letters = []
    for _ in range(LENGTH):
        number, digit = divmod(number, 32)
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))

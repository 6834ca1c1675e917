"""Identifiers that sort by time: 10 characters of milliseconds, 6 of chance, in Crockford's base 32."""

from __future__ import annotations

from datetime import UTC, datetime

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


def moment_of(identifier: str) -> datetime:
    """When `make_id` was called for it."""
    number = 0
    for letter in identifier:
        number = number * 32 + ALPHABET.index(letter)
    return datetime.fromtimestamp((number >> 30) / 1000, UTC)


def following(identifier: str) -> str:
    """The next id in sort order."""
    letters = list(identifier)
    for place in reversed(range(len(letters))):
        digit = ALPHABET.index(letters[place])
        if digit + 1 < len(ALPHABET):
            letters[place] = ALPHABET[digit + 1]
            return "".join(letters)
        letters[place] = ALPHABET[0]
    return "".join(letters)

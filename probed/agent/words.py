"""What others wrote, as a part of one line of ours."""

from __future__ import annotations

from collections.abc import Iterable

MAX_WORDS = 300


def without(secrets: Iterable[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "[key]")
    return text


def one_line(text: str) -> str:
    """Cut, on one line, without what could steer a terminal."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(plain.split())[:MAX_WORDS]

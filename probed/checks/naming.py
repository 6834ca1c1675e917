"""Names of what a check looks at, made from longer texts: stable, on one line, different for different texts."""

from __future__ import annotations

import hashlib

DIGITS = 6


def short_name(text: str, longest: int) -> str:
    """The text itself where it is a short line; else as much of it as there is room for, and a digest of the whole."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    if line == text and len(line) <= longest:
        return line
    return f"{line[: longest - DIGITS - 2].rstrip()}… {digest(text)}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:DIGITS]

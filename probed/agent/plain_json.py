"""JSON with one meaning: an object that names a key twice says two things, and which one counts is anybody's guess."""

from __future__ import annotations

import json


def loads(text: str | bytes) -> object:
    """As `json.loads`. Raises ValueError."""
    return json.loads(text, object_pairs_hook=once)


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found

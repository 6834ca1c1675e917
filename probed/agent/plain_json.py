"""JSON with one meaning: an object that names a key twice says two things, and which one counts is anybody's guess."""

from __future__ import annotations

import json

DEEPEST = 100
"""Whoever walks through what was read takes a step for each."""


def loads(text: str | bytes) -> object:
    """As `json.loads`. Raises ValueError, also where it is nested too deeply."""
    try:
        found: object = json.loads(text, object_pairs_hook=once)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    bounded(found)
    return found


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def bounded(value: object) -> None:
    """Raises ValueError."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for each in level for inner in _within(each)]
        if not level:
            return
    raise ValueError("it is nested too deeply")


def _within(value: object) -> list[object]:
    """What holds something itself."""
    held = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in held if isinstance(each, dict | list)]

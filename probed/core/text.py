"""Text as it can be stored, sent and shown."""

from __future__ import annotations

from collections.abc import Mapping


def storable(text: str) -> str:
    """What UTF-8 cannot say (a byte of a file name that is none) and NUL as escapes, so that different names stay
    different."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode(errors="backslashreplace").decode().replace("\0", r"\x00")


def storable_facts(facts: Mapping[str, object]) -> dict[str, object]:
    return {storable(str(name)): _storable(value) for name, value in facts.items()}


def _storable(value: object) -> object:
    """What JSON does not know becomes text."""
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return storable_facts(value)
        case list():
            return [_storable(item) for item in value]
        case tuple():
            return tuple(_storable(item) for item in value)
    return storable(str(value))

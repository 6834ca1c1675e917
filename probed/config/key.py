"""How a setting is written in the file."""

from __future__ import annotations


def key_of(name: str) -> str:
    """The key of a setting: a word of Python's own (`continue`) has an underscore behind it as a field."""
    return name.removesuffix("_")

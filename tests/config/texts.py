"""Texts for fuzzing: made of what a parser stumbles over, and of the words that lead it deep into the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

from hypothesis import strategies as st

STUMBLING_BLOCKS = (
    *"{}[],:-#&*!|>'\"%@`?~\\\n\t\r\0",
    "\ufeff",
    "\x85",
    ": ",
    "- ",
    "\n  ",
    "\n    - ",
    "---\n",
    "\n---\n",
    "...\n",
    "!!str ",
    "!!int ",
    "!!binary ",
    "<<: ",
    "&a ",
    "*a ",
    "|\n",
    ">-\n",
    '"\\ud800"',
    '"\\UFFFFFFFF"',
    '"\\x',
    "null",
    "true",
    "0x",
    "0o8",
    "-1",
    "1e400",
    ".inf",
    ".nan",
    "9" * 30,
    "5m",
    "80%",
    "é",
    "\U0001f600",
)


def words(names: Sequence[str]) -> st.SearchStrategy[str]:
    pieces = st.one_of(st.sampled_from(STUMBLING_BLOCKS), st.sampled_from(list(names)), st.text(max_size=3))
    return st.lists(pieces, max_size=40).map("".join)


def yaml_like(section: type[Any]) -> st.SearchStrategy[str]:
    """Words of the section and valid YAML whose keys are mostly right and whose values are anything."""
    return st.one_of(words(_names(section)), _mapping(section).map(_flow))


def values() -> st.SearchStrategy[object]:
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(["5m", "x"]))
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    )


def _mapping(section: type[Any]) -> st.SearchStrategy[dict[str, object]]:
    types = get_type_hints(section)
    known: dict[str, st.SearchStrategy[object]] = {
        field.name: (_mapping(types[field.name]) if is_dataclass(types[field.name]) else st.nothing()) | values()
        for field in fields(section)
    }
    return st.fixed_dictionaries({}, optional=known)


def _flow(data: object) -> str:
    """YAML in flow style without any quoting where that can go wrong."""
    if isinstance(data, dict):
        return "{" + ", ".join(f"{key}: {_flow(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(_flow, data)) + "]"
    return str(data)


def _names(section: type[Any]) -> list[str]:
    types = get_type_hints(section)
    found = []
    for field in fields(section):
        found.append(field.name)
        if is_dataclass(types[field.name]):
            found += _names(types[field.name])
    return found

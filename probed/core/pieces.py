"""What a check remembers, as texts of a bounded size.

To read or to write one text of JSON cannot be interrupted: it holds the interpreter, and with it the event loop, for as
long as it takes, in whatever thread. So long mappings and lists at the top of a memory are divided; and of what is
stored in pieces only those that changed have to be written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from probed.core.observation import Memory

Pieces = tuple[str, ...]
ENTRIES = 128
"""Of a mapping or a list in one piece."""
NOTHING: Pieces = ()
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def pieces_of(memory: Memory) -> Pieces:
    """Equal memories in the same order are equal pieces. Raises TypeError, ValueError, RecursionError where JSON does
    not know what it holds."""
    return tuple(map(_encode, _parts(memory)))


def memory_of(pieces: Iterable[str]) -> Memory:
    """Raises ValueError."""
    memory: dict[str, Any] = {}
    for piece in pieces:
        for name, part in json.loads(piece).items():
            if name not in memory:
                memory[name] = part
            elif isinstance(part, dict):
                memory[name].update(part)
            else:
                memory[name].extend(part)
    return memory


def _parts(memory: Memory) -> Iterator[Memory]:
    """First what is short, all of it together."""
    long = {name: value for name, value in memory.items() if _is_long(value)}
    if short := {name: value for name, value in memory.items() if name not in long}:
        yield short
    for name, value in long.items():
        if isinstance(value, Mapping):
            yield from ({name: dict(part)} for part in _cut(value.items()))
        elif isinstance(value, list | tuple):
            yield from ({name: part} for part in _cut(value))


def _is_long(value: object) -> bool:
    return isinstance(value, Mapping | list | tuple) and len(value) > ENTRIES


def _cut(entries: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(entries)
    while part := list(islice(rest, ENTRIES)):
        yield part

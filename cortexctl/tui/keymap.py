"""Which keys a person may give to which bindings. Loaded only where somebody does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from textual.binding import Binding
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, _character_to_key

from cortexctl.tui import keys
from cortexctl.tui.screens.dialog import Dialog
from cortexctl.tui.widgets.filter_input import FilterInput
from cortexctl.tui.widgets.rows import Rows

WITH = re.compile(r"(?:(?:ctrl|alt|shift|super|hyper|meta)\+)*(.+)")
KNOWN = {key.value.rpartition("+")[2] for key in Keys} | set(KEY_NAME_REPLACEMENTS)


def bindings() -> dict[str, Binding]:
    """By their ids."""
    everywhere = [*keys.APP, *(binding for place in keys.OF_PLACE.values() for binding in place)]
    declared = [*everywhere, *Rows.BINDINGS, *FilterInput.BINDINGS, *Dialog.BINDINGS]
    return {binding.id: binding for binding in declared if isinstance(binding, Binding) and binding.id}


def fault(wanted: Mapping[str, str], name: str) -> str:
    """Why the binding `name` cannot have the key that `wanted` gives it; empty: it can."""
    known = bindings()
    if name not in known:
        return f"there is no such id; there are: {', '.join(sorted(known))}"
    for key in wanted[name].split(","):
        if not is_key(key.strip()):
            return f"{key.strip()!r} is no key; write it like a, A, f2, ctrl+k, slash, escape, pageup"
    return next((f"the key {key!r} is that of {other}, too" for key, other in _clashes(wanted, name)), "")


def is_key(key: str) -> bool:
    match = WITH.fullmatch(key)
    return match is not None and (len(match[1]) == 1 or match[1] in KNOWN)


def _clashes(wanted: Mapping[str, str], name: str) -> Iterator[tuple[str, str]]:
    """With whatever can be pressed in the same place."""
    mine = _keys_of(bindings()[name], wanted)
    for place in keys.OF_PLACE.values():
        together = [*keys.APP, *place]
        if name in {binding.id for binding in together}:
            for other in together:
                for key in _keys_of(other, wanted) & mine if other.id != name else ():
                    yield key, str(other.id)


def _keys_of(binding: Binding, wanted: Mapping[str, str]) -> set[str]:
    given = wanted.get(binding.id or "", binding.key)
    return {normal(key.strip()) for key in given.split(",")}


def normal(key: str) -> str:
    """As Textual names it: `slash` for `/`."""
    return _character_to_key(key) if len(key) == 1 else key

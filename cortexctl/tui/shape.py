"""The daemon's JSON as the dataclasses of `probed.wire`, checked once at the border.

A command reads a few members and may fail on a missing one. A screen draws for hours, from whatever it was given last:
what is not of this version has to be found before it is drawn.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from cortexctl.failure import Garbled

Shape = TypeVar("Shape")

NEXT_STEP = "cortexctl version; after an upgrade: systemctl restart cortex-probed"


def shaped(kind: type[Shape], wire: object) -> Shape:
    """Raises Garbled with the place that is wrong. Members that this version does not know are left out."""
    return typing.cast(Shape, _value(kind, wire, kind.__name__))


def _value(hint: Any, wire: Any, place: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return _object(hint, wire, place)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is list and isinstance(wire, list):
        return [_value(arguments[0], item, f"{place}[{index}]") for index, item in enumerate(wire)]
    if origin in (Union, types.UnionType):
        return None if wire is None else _value(_given(arguments), wire, place)
    if _fits(hint, origin, arguments, wire):
        return wire
    raise Garbled(f"the daemon's answer is not of this version: {place} is {str(wire)[:40]!r}", NEXT_STEP)


def _object(kind: Any, wire: Any, place: str) -> Any:
    if not isinstance(wire, dict):
        raise Garbled(f"the daemon's answer is not of this version: {place} is no object", NEXT_STEP)
    members = {}
    for name, hint, is_needed in _members(kind):
        if name in wire:
            members[name] = _value(hint, wire[name], f"{place}.{name}")
        elif is_needed:
            raise Garbled(f"the daemon's answer is not of this version: {place}.{name} is missing", NEXT_STEP)
    return kind(**members)


@cache
def _members(kind: Any) -> tuple[tuple[str, Any, bool], ...]:
    hints = typing.get_type_hints(kind)
    return tuple(
        (
            field.name,
            hints[field.name],
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
    )


def _given(arguments: tuple[Any, ...]) -> Any:
    """Of `X | None` the X: the wire knows no other unions in its answers."""
    return next(argument for argument in arguments if argument is not types.NoneType)


def _fits(hint: Any, origin: Any, arguments: tuple[Any, ...], wire: object) -> bool:
    if hint is Any:
        return True
    if origin is Literal:
        return wire in arguments
    if isinstance(wire, bool) or hint is bool:
        return isinstance(wire, bool) and hint is bool
    return isinstance(wire, (int, float) if hint is float else origin or hint)

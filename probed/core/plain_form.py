"""Dataclasses as plain values, as JSON holds them, and back: for records that a later version reads."""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, TypeVar

T = TypeVar("T")


def plain(value: object) -> Any:
    """What is as its field's default wants it is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        kept = {each: getattr(value, each.name) for each in fields(value)}
        return {each.name: plain(found) for each, found in kept.items() if found != each.default}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(plain(name)): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def read(kind: type[T], data: object) -> T:
    """Fields that are not known are left out, and those that are not there have their defaults; a whole number stays
    one. Raises ValueError."""
    found: T = _read(kind, data)
    return found


def _read(kind: Any, data: object) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if is_dataclass(kind):
        return _dataclass(kind, data)
    if origin in (typing.Union, types.UnionType):
        return None if data is None else _read(next(each for each in arguments if each is not type(None)), data)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(data)
    if origin is tuple and isinstance(data, list):
        return tuple(_read(arguments[0], each) for each in data)
    if isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(data, Mapping):
        return {name: _read(arguments[1], each) for name, each in data.items()}
    return data


def _dataclass(kind: Any, data: object) -> Any:
    if not isinstance(data, Mapping):
        raise ValueError(f"{kind.__name__}: expected an object")
    hints = typing.get_type_hints(kind)
    known = [each for each in fields(kind) if each.init]
    missing = [each.name for each in known if each.name not in data and _is_required(each)]
    if missing:
        raise ValueError(f"{kind.__name__}: {', '.join(missing)} is missing")
    return kind(**{each.name: _read(hints[each.name], data[each.name]) for each in known if each.name in data})


def _is_required(each: Any) -> bool:
    return each.default is MISSING and each.default_factory is MISSING

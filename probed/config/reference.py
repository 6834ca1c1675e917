"""The reference of the configuration, read from the settings' own docstrings."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from itertools import pairwise
from typing import Any, cast, get_type_hints

from probed.config.key import key_of
from probed.config.settings import Settings


@dataclass(frozen=True, slots=True)
class Key:
    name: str
    """Dotted, as in `alerts.route.group_wait`."""
    default: object
    text: str


def keys(section: type[Any] = Settings, prefix: str = "") -> Iterator[Key]:
    """Every key of the configuration, in the order of the settings; a section's keys follow one another."""
    types, texts = get_type_hints(section), field_docstrings(section)
    for item in fields(section):
        name = prefix + key_of(item.name)
        if is_dataclass(types[item.name]):
            yield from keys(cast("type[Any]", types[item.name]), f"{name}.")
        else:
            yield Key(name, _default(item), texts.get(item.name, ""))


def field_docstrings(section: type[Any]) -> Mapping[str, str]:
    """The text literal below each field, in one line."""
    body = cast("ast.ClassDef", ast.parse(inspect.getsource(section)).body[0]).body
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _default(item: Field[Any]) -> object:
    return item.default if item.default_factory is MISSING else item.default_factory()

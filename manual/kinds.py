"""What a setting or parameter takes, and its default, in the words and units in which a person writes them."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from probed.checks.parameters import DurationBound, NumberBound, PercentBound, SizeBound
from probed.config.secret import Secret
from probed.config.values import Duration, Percent, Size
from probed.core.inspection import duration_text
from probed.core.size import size_text

BOUNDS: Mapping[Any, str] = {
    PercentBound: "percentage",
    NumberBound: "number",
    SizeBound: "size",
    DurationBound: "duration",
}
UNITS: Mapping[Any, str] = {Duration: "duration", Size: "size", Percent: "percentage"}
MARKERS = (*UNITS.items(), *((get_args(bound)[1], f"{word}, or off") for bound, word in BOUNDS.items()))
"""What stands beside a type and says its unit."""
PLAIN: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    object: "anything",
}
PLURALS: Mapping[str, str] = {
    "text": "texts",
    "whole number": "whole numbers",
    "keys of its own": "entries with keys of their own",
}


def kind_of(hint: Any) -> str:
    """`duration`, `list of text`, `one of observe, act` … of an annotation with its extras."""
    for bound, word in BOUNDS.items():
        if hint == bound:
            return f"{word}, or off"
    if hint == Secret:
        return "secret"
    origin = get_origin(hint)
    if origin is Annotated:
        return _annotated(hint)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(kind_of(each) for each in get_args(hint) if each is not types.NoneType))
    if origin is Literal:
        return f"one of {', '.join(map(str, get_args(hint)))}"
    if origin is tuple:
        word = kind_of(get_args(hint)[0])
        return f"list of {PLURALS.get(word, word.removeprefix('one of '))}"
    if origin is dict:
        return f"names, each with: {kind_of(get_args(hint)[1])}"
    if is_dataclass(hint):
        return "keys of its own"
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return f"one of {', '.join(hint)}"
    return PLAIN[hint]


def default_of(item: Field[Any], hint: Any) -> str:
    """As a person would write it; empty where it has to be given."""
    if item.default is MISSING and item.default_factory is MISSING:
        return ""
    value = item.default if item.default_factory is MISSING else item.default_factory()
    return written(value, kind_of(hint))


def written(value: object, kind: str) -> str:
    """YAML in one line, with the unit that `kind` says."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _number(value, kind)
    if isinstance(value, tuple | list):
        return f"[{', '.join(written(each, kind) for each in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {written(each, kind)}' for name, each in value.items())}}}"
    text = str(value)
    return text if text and text[0] not in "*&%@" else f'"{text}"'


def _number(value: float, kind: str) -> str:
    if "duration" in kind:
        return duration_text(value)
    if "size" in kind:
        return size_text(value).replace(" ", "").replace(".0", "")
    return f"{value:g}%" if "percentage" in kind else f"{value:.12g}"


def _annotated(hint: Any) -> str:
    base, *extras = get_args(hint)
    word = next((word for extra in extras for marker, word in MARKERS if extra is marker), None)
    word = word or kind_of(base)
    limits = [
        f"{words} {written(getattr(limit, name), word)}"
        for extra in extras
        if isinstance(extra, FieldInfo)
        for limit in extra.metadata
        for name, words in (("ge", "at least"), ("gt", "more than"), ("le", "at most"), ("lt", "less than"))
        if hasattr(limit, name)
    ]
    return ", ".join([word, *limits])

"""Query parameters: each list names those it knows, and what they may be."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from probed.api.problems import BadQuery
from probed.api.text import WORD, Text
from probed.wire.page import DEFAULT_LIMIT, MAX_LIMIT

MAX_INTEGER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    parse: Callable[[str], Any]
    """Raises ValueError with what the value should have been."""
    schema: Mapping[str, Any]
    description: str
    is_repeated: bool = False
    """Whether it may be given several times; then its values come as a list."""


def parse_query(given: QueryParams, known: Sequence[Parameter]) -> dict[str, Any]:
    """The values of those that were given. Raises BadQuery."""
    parameters = {parameter.name: parameter for parameter in known}
    values: dict[str, Any] = {}
    for name, text in given.multi_items():
        if name not in parameters:
            names = ", ".join(parameters) or "none"
            raise BadQuery(name, f"unknown parameter; known here: {names}")
        if name in values and not parameters[name].is_repeated:
            raise BadQuery(name, "given more than once")
        try:
            value = parameters[name].parse(text)
        except ValueError as error:
            raise BadQuery(name, str(error)) from None
        values[name] = [*values.get(name, ()), value] if parameters[name].is_repeated else value
    return values


def integer(name: str, least: int, most: int, description: str, default: int | None = None) -> Parameter:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,19}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    schema = {"type": "integer", "minimum": least, "maximum": most}
    return Parameter(name, parse, schema if default is None else {**schema, "default": default}, description)


def key(pattern: str, description: str) -> Parameter:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError("is not the `next` of a page of this list")
        return text

    return Parameter("before", parse, {"type": "string", "pattern": f"^{pattern}$"}, description)


def word(name: str, description: str, kind: Text = WORD) -> Parameter:
    def parse(text: str) -> str:
        if fault := kind.fault(text):
            raise ValueError(fault)
        return text

    return Parameter(name, parse, {"type": "string", **kind.schema}, description)


def choice(name: str, kind: type[enum.StrEnum], description: str) -> Parameter:
    values = [member.value for member in kind]

    def parse(text: str) -> str:
        if text not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return text

    return Parameter(name, parse, {"type": "string", "enum": values}, description)


def flag(name: str, description: str) -> Parameter:
    def parse(text: str) -> bool:
        if text not in ("true", "false"):
            raise ValueError("must be true or false")
        return text == "true"

    return Parameter(name, parse, {"type": "boolean", "default": False}, description)


def repeated(name: str, parse: Callable[[str], Any], description: str) -> Parameter:
    return Parameter(name, parse, {"type": "string"}, description, is_repeated=True)


LIMIT = integer("limit", 1, MAX_LIMIT, "How many items a page holds.", DEFAULT_LIMIT)
FOLLOWING = "The `next` of a page: gives the page that follows it."
PAGE_BY_ID = (LIMIT, key(r"[0-9A-Za-z_.:|~+-]{1,128}", FOLLOWING))
PAGE_BY_NUMBER = (LIMIT, key(r"[0-9]{1,18}", FOLLOWING))

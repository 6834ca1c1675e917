"""Wire shapes as JSON, both ways; the adapters are built when first used."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic_core import PydanticSerializationError
from starlette.responses import Response
from typing_extensions import TypeAliasType

STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@cache
def adapter_of(shape: Any) -> TypeAdapter[Any]:
    """For what the daemon says."""
    return TypeAdapter(shape)


@cache
def strict_adapter_of(shape: Any) -> TypeAdapter[Any]:
    """For what others say: unknown fields and wrong types are errors. Through an alias, because pydantic takes no
    configuration for a dataclass that is not its own."""
    alias: Any = TypeAliasType(shape.__name__, shape)
    return TypeAdapter(alias, config=STRICT)


def to_json(shape: Any, value: object) -> bytes:
    try:
        return adapter_of(shape).dump_json(value, fallback=str)
    except PydanticSerializationError:  # a file name that is no valid text, somewhere in the evidence
        text = json.dumps(asdict(value), ensure_ascii=False, default=str)  # type: ignore[call-overload]
        return text.encode("utf-8", "replace")


def answer(shape: Any, value: object, status: int = 200) -> Response:
    return Response(to_json(shape, value), status, media_type="application/json")

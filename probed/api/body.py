"""Request bodies: bounded in size and time, then straight from bytes to a wire shape."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request

from probed.api.answers import strict_adapter_of
from probed.api.problems import ClientLeft, Invalid, NotJson, TooLarge, WrongMediaType
from probed.api.quota import Holding
from probed.errors import Overloaded

DEADLINE_S = 10.0
REASONS: Mapping[str, str] = {
    "missing": "is missing",
    "unexpected_keyword_argument": "is not a known field",
    "string_type": "must be a text",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "dataclass_type": "must be an object",
    "float_type": "must be a number",
    "finite_number": "must be a finite number",
}
MEMBERS = ("ActionCallShape", "str")
"""What pydantic adds to a place for the members of the union `proposed_action`."""


async def read_body(request: Request, most_bytes: int, held: Holding) -> bytes:
    """`held` counts its bytes. Raises TooLarge as soon as that is known, Overloaded when too many are under way,
    ClientLeft, or Invalid when the body does not arrive in time."""
    too_large = TooLarge("", f"a body may have {most_bytes} bytes at most")
    if int(request.headers.get("content-length", 0)) > most_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientLeft
                piece = message.get("body", b"")
                body += piece
                if len(body) > most_bytes:
                    raise too_large
                if not held.take(len(piece)):
                    raise Overloaded("too many large requests are under way; try again in a moment")
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise Invalid("", f"the body did not arrive within {DEADLINE_S:g} s") from None


def decode(request: Request, body: bytes, shape: Any) -> Any:
    """The body as an instance of the wire shape. Raises WrongMediaType, NotJson, or Invalid with the field."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise WrongMediaType("", f"the body must be of the type application/json, not {media_type or 'of none'}")
    try:
        return strict_adapter_of(shape).validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None


def invalid(error: ValidationError) -> Invalid:
    """The first of the errors, its field as in `findings[0].severity`."""
    first = error.errors(include_url=False, include_input=False)[0]
    kind, place = first["type"], first["loc"]
    if kind == "json_invalid":
        return NotJson("", f"the body is not JSON: {first['ctx']['error']}")
    if not place:
        return NotJson("", "the body must be a JSON object")
    if kind == "literal_error":
        return Invalid(place_text(place), f"must be {first['ctx']['expected']}")
    if place[-1] in MEMBERS:
        return Invalid(place_text(place), "must be an object or a text")
    return Invalid(place_text(place), REASONS.get(kind, first["msg"]))


def place_text(place: Sequence[str | int]) -> str:
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step not in MEMBERS:
            text += f".{step}" if text else step
    return text

"""How the API says that it could not do something."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ProblemCode(enum.StrEnum):
    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    OVERLOADED = "overloaded"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Problem:
    """The body of every answer with a status of 400 or more, under the key `error`."""

    code: ProblemCode
    message: str
    field: str = ""
    """The place in the body or the query that is wrong, as in `findings[0].severity`."""

"""From errors to answers: one table says which error becomes which status."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from probed.errors import (
    CannotPersist,
    Conflict,
    CortexError,
    DeadlineExceeded,
    InvalidReport,
    MonitorFailed,
    NotFound,
    Overloaded,
    ParameterError,
    Refused,
    StaleVersion,
    TooMany,
)
from probed.wire.problem import ProblemCode

log = logging.getLogger("cortex.api")

RETRY_AFTER_S = 1
MOST_PATH_CHARACTERS = 200
MOST_FIELD_CHARACTERS = 200
CLIENT_LEFT = 499
"""Nobody reads this status; the name is nginx's."""


class Invalid(CortexError):
    """The request is not usable."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


class BadQuery(Invalid):
    """The query of the address is not usable."""


class NotJson(Invalid):
    """The body is not a JSON object."""


class WrongMediaType(Invalid):
    """The body is not said to be JSON."""


class TooLarge(Invalid):
    """The body is too large."""


class Forbidden(CortexError):
    """You are not a member of a group that may talk to this daemon."""


class ClientLeft(CortexError):
    """The client went away before its request was complete."""


STATUS: Mapping[type[CortexError], tuple[HTTPStatus, ProblemCode]] = {
    NotFound: (HTTPStatus.NOT_FOUND, ProblemCode.NOT_FOUND),
    Conflict: (HTTPStatus.CONFLICT, ProblemCode.CONFLICT),
    StaleVersion: (HTTPStatus.CONFLICT, ProblemCode.CONFLICT),
    Refused: (HTTPStatus.FORBIDDEN, ProblemCode.REFUSED),
    Forbidden: (HTTPStatus.FORBIDDEN, ProblemCode.FORBIDDEN),
    TooMany: (HTTPStatus.TOO_MANY_REQUESTS, ProblemCode.OVERLOADED),
    Overloaded: (HTTPStatus.SERVICE_UNAVAILABLE, ProblemCode.OVERLOADED),
    MonitorFailed: (HTTPStatus.SERVICE_UNAVAILABLE, ProblemCode.INTERNAL),
    CannotPersist: (HTTPStatus.SERVICE_UNAVAILABLE, ProblemCode.INTERNAL),
    DeadlineExceeded: (HTTPStatus.SERVICE_UNAVAILABLE, ProblemCode.OVERLOADED),
    InvalidReport: (HTTPStatus.UNPROCESSABLE_ENTITY, ProblemCode.INVALID),
    ParameterError: (HTTPStatus.BAD_REQUEST, ProblemCode.INVALID),
    Invalid: (HTTPStatus.UNPROCESSABLE_ENTITY, ProblemCode.INVALID),
    BadQuery: (HTTPStatus.BAD_REQUEST, ProblemCode.INVALID),
    NotJson: (HTTPStatus.BAD_REQUEST, ProblemCode.INVALID),
    WrongMediaType: (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, ProblemCode.INVALID),
    TooLarge: (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ProblemCode.TOO_LARGE),
}
ROUTING: Mapping[int, ProblemCode] = {404: ProblemCode.NOT_FOUND, 405: ProblemCode.METHOD_NOT_ALLOWED}


def problem_bytes(code: ProblemCode, message: str, field: str = "") -> bytes:
    """ASCII, because a message may quote what is no valid text."""
    return json.dumps({"error": {"code": code, "message": message, "field": field[:MOST_FIELD_CHARACTERS]}}).encode()


def problem(
    status: int, code: ProblemCode, message: str, field: str = "", headers: Mapping[str, str] | None = None
) -> Response:
    return Response(problem_bytes(code, message, field), status, headers, media_type="application/json")


def from_error(error: CortexError) -> Response:
    """Raises the error again when it is none that a request could have caused."""
    for kind in type(error).__mro__:
        if kind in STATUS:
            status, code = STATUS[kind]
            break
    else:
        raise error
    retry = {"retry-after": str(RETRY_AFTER_S)} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    reason = getattr(error, "reason", "") or str(error)
    return problem(status, code, reason, getattr(error, "field", ""), retry)


async def on_cortex_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CortexError)
    if isinstance(error, ClientLeft):
        return Response(status_code=CLIENT_LEFT)
    return from_error(error)


async def on_routing_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path[:MOST_PATH_CHARACTERS]
    what = f"there is no {path}" if error.status_code == 404 else f"{path} does not know {request.method}"
    return problem(error.status_code, ROUTING.get(error.status_code, ProblemCode.INVALID), what, "", error.headers)


async def on_unexpected(request: Request, error: Exception) -> Response:
    """The server logs the error with its traceback; the client learns nothing of it."""
    return problem(500, ProblemCode.INTERNAL, "an unexpected error; the daemon's log has the details")

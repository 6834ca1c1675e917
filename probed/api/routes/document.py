from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache

from starlette.responses import Response

from probed.api.endpoint import JSON, Call, Endpoint
from probed.api.openapi import build_document
from probed.api.peer import Role
from probed.wire import paths


def document_endpoint(table: Callable[[], Sequence[Endpoint]]) -> Endpoint:
    """`table`: every endpoint, this one included."""

    @cache
    def document() -> bytes:
        return json.dumps(build_document(table())).encode()

    async def show_document(call: Call) -> Response:
        return Response(document(), media_type=JSON)

    return Endpoint("GET", paths.OPENAPI, Role.VIEWER, show_document, "This description of the API.", answer=dict)

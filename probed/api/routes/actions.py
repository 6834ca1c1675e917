from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.dry_run import dry_run_shape
from probed.api.peer import Role
from probed.wire import paths
from probed.wire.dry_run import DryRunRequest, DryRunShape

LOOK_WITHIN_S = 105.0
"""Three looks, each with its own deadline."""


async def dry_run(call: Call) -> Response:
    request: DryRunRequest = await call.optional_body(DryRunRequest)
    seen = await call.desk.context.operator.dry_run(call.id, request.params, await call.actor())
    return answer(DryRunShape, dry_run_shape(seen))


ENDPOINTS = (
    Endpoint(
        "POST",
        f"{paths.ACTIONS}/{{id}}/dry-run",
        Role.ADMIN,
        dry_run,
        "What an action would do now, whether its precondition holds, and what it may be allowed; nothing is done.",
        answer=DryRunShape,
        body=DryRunRequest,
        deadline_s=LOOK_WITHIN_S,
    ),
)

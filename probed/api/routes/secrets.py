from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.peer import Role
from probed.wire import paths
from probed.wire.secret import RenewedShape


async def rotate_secrets(call: Call) -> Response:
    renewed = await call.desk.context.pairings.renew_secrets(await call.actor())
    return answer(RenewedShape, RenewedShape(list(renewed)))


ENDPOINTS = (
    Endpoint(
        "POST",
        f"{paths.SECRETS}/rotate",
        Role.ADMIN,
        rotate_secrets,
        "Make the daemon's own secrets anew: buttons that were sent until now do nothing any more.",
        answer=RenewedShape,
    ),
)

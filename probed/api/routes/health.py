from __future__ import annotations

import asyncio

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.status import readiness_shape
from probed.api.peer import Role
from probed.engine.overview import ReadinessProbe
from probed.wire import paths
from probed.wire.status import Health, Readiness

PROBES_DEADLINE_S = 5.0


async def show_health(call: Call) -> Response:
    """Whoever reads the answer knows: the event loop turns."""
    return answer(Health, Health(True))


async def show_readiness(call: Call) -> Response:
    try:
        async with asyncio.timeout(PROBES_DEADLINE_S):
            probes = await call.desk.context.readiness()
    except TimeoutError:
        probes = [ReadinessProbe("deadline", False, f"the probes gave no answer within {PROBES_DEADLINE_S:g} s")]
    readiness = readiness_shape(probes)
    return answer(Readiness, readiness, 200 if readiness.ready else 503)


ENDPOINTS = (
    Endpoint("GET", paths.HEALTHZ, Role.VIEWER, show_health, "Whether the daemon is alive.", answer=Health),
    Endpoint(
        "GET",
        paths.READYZ,
        Role.VIEWER,
        show_readiness,
        "Whether the daemon can do its work, with what was tried; 503 with the same shape when it cannot.",
        answer=Readiness,
    ),
)

from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.job import job_shape
from probed.api.peer import Role
from probed.api.problems import Invalid
from probed.core.job import Ping
from probed.wire import paths
from probed.wire.job import JobShape, PingRequest
from probed.wire.page import PageOf

LARGEST_EXIT_CODE = 255


async def list_jobs(call: Call) -> Response:
    return answer(PageOf[JobShape], PageOf([job_shape(job) for job in await call.desk.context.queries.jobs()]))


async def hear_job(call: Call) -> Response:
    said: PingRequest = await call.optional_body(PingRequest)
    if said.exit_code is not None and not 0 <= said.exit_code <= LARGEST_EXIT_CODE:
        raise Invalid("exit_code", f"must be between 0 and {LARGEST_EXIT_CODE}")
    job = await call.desk.context.operator.hear(call.id, Ping(said.said), await call.actor(), said.exit_code)
    return answer(JobShape, job_shape(job))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.HEARTBEATS,
        Role.VIEWER,
        list_jobs,
        "What jobs have said of themselves, by name.",
        answer=PageOf[JobShape],
    ),
    Endpoint(
        "POST",
        f"{paths.HEARTBEATS}/{{id}}",
        Role.OPERATOR,
        hear_job,
        "A job says that it begins, or how it has ended.",
        answer=JobShape,
        body=PingRequest,
    ),
)

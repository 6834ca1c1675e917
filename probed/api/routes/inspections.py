from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.inspection import broken_shape, inspection_shape, version_shape
from probed.api.mapping.run import run_shape
from probed.api.peer import Role
from probed.api.text import check_texts
from probed.errors import NotFound
from probed.wire import paths
from probed.wire.inspection import (
    InspectionList,
    InspectionShape,
    RelearnRequest,
    RelearnShape,
    VersionList,
    VersionShape,
)
from probed.wire.run import RunShape

MOST_CHARACTERS = 2**20
"""Of all the versions that are told at once."""


async def list_inspections(call: Call) -> Response:
    broken = [broken_shape(document) for document in call.desk.context.broken()]
    return answer(InspectionList, InspectionList(await _shapes(call), broken))


async def show_inspection(call: Call) -> Response:
    for shape in await _shapes(call):
        if shape.id == call.id:
            return answer(InspectionShape, shape)
    known = ", ".join(inspection.id for inspection in call.desk.context.inspections())
    raise NotFound(f"there is no inspection {call.id}; there are: {known or 'none'}")


async def list_versions(call: Call) -> Response:
    """At most as much as an answer may hold: documents are small."""
    room, shapes = MOST_CHARACTERS, list[VersionShape]()
    for version in await call.desk.context.queries.document_versions(call.id):
        room -= len(version.text)
        if shapes and room < 0:
            break
        shapes.append(version_shape(version))
    if not shapes:
        raise NotFound(f"no version of a document {call.id} is kept")
    return answer(VersionList, VersionList(shapes))


async def run_inspection(call: Call) -> Response:
    run = await call.desk.context.operator.run(call.id, await call.actor())
    return answer(RunShape, run_shape(run, None), 202)


async def pause_inspection(call: Call) -> Response:
    await call.desk.context.operator.pause(call.id, await call.actor())
    return await show_inspection(call)


async def resume_inspection(call: Call) -> Response:
    await call.desk.context.operator.resume(call.id, await call.actor())
    return await show_inspection(call)


async def relearn_inspection(call: Call) -> Response:
    wanted: RelearnRequest = await call.optional_body(RelearnRequest)
    check_texts(wanted)
    forgot = await call.desk.context.operator.relearn(call.id, await call.actor(), wanted.check)
    return answer(RelearnShape, RelearnShape(forgot))


async def _shapes(call: Call) -> list[InspectionShape]:
    context = call.desk.context
    plans = {plan.inspection.id: plan for plan in context.schedule.planned()}
    newest = {report.source: report for report in await context.queries.latest_reports()}
    return [
        inspection_shape(inspection, plans.get(inspection.id), newest.get(inspection.id))
        for inspection in context.inspections()
    ]


ONE = f"{paths.INSPECTIONS}/{{id}}"
ENDPOINTS = (
    Endpoint(
        "GET",
        paths.INSPECTIONS,
        Role.VIEWER,
        list_inspections,
        "All inspections, and the documents that cannot be used.",
        answer=InspectionList,
    ),
    Endpoint("GET", ONE, Role.VIEWER, show_inspection, "One inspection.", answer=InspectionShape),
    Endpoint(
        "GET",
        f"{ONE}/versions",
        Role.ADMIN,
        list_versions,
        "The versions of its document: the one in force first, then the latest.",
        answer=VersionList,
    ),
    Endpoint(
        "POST",
        f"{ONE}/run",
        Role.OPERATOR,
        run_inspection,
        "Run it now: answers with the run, which is still pending.",
        answer=RunShape,
        status=202,
        refusals=(409,),
    ),
    Endpoint(
        "POST",
        f"{ONE}/pause",
        Role.ADMIN,
        pause_inspection,
        "Do not run it any more, also after a restart.",
        answer=InspectionShape,
        refusals=(409,),
    ),
    Endpoint(
        "POST",
        f"{ONE}/resume",
        Role.ADMIN,
        resume_inspection,
        "Run it again as it is scheduled.",
        answer=InspectionShape,
        refusals=(409,),
    ),
    Endpoint(
        "POST",
        f"{ONE}/relearn",
        Role.ADMIN,
        relearn_inspection,
        "Take for normal what its checks see next: files, users, ports.",
        answer=RelearnShape,
        body=RelearnRequest,
        refusals=(409,),
    ),
)

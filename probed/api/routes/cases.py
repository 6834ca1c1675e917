from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.case import case_shape
from probed.api.peer import Role
from probed.api.query import PAGE_BY_ID, flag
from probed.wire import paths
from probed.wire.alert import CaseShape
from probed.wire.page import PageOf


async def list_cases(call: Call) -> Response:
    page = await call.desk.context.queries.cases(*call.page, open_only=call.query.get("open", False))
    return answer(PageOf[CaseShape], PageOf([case_shape(case) for case in page.items], page.next))


async def show_case(call: Call) -> Response:
    return answer(CaseShape, case_shape(await call.desk.context.queries.case(call.id)))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.CASES,
        Role.VIEWER,
        list_cases,
        "Cases, the newest first.",
        answer=PageOf[CaseShape],
        query=(*PAGE_BY_ID, flag("open", "Only those that are not resolved.")),
    ),
    Endpoint("GET", f"{paths.CASES}/{{id}}", Role.VIEWER, show_case, "One case.", answer=CaseShape),
)

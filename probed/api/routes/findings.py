from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.finding import found_in_shape
from probed.api.peer import Role
from probed.api.query import PAGE_BY_NUMBER, choice, word
from probed.core.finding import Severity
from probed.wire import paths
from probed.wire.finding import FoundInShape
from probed.wire.page import PageOf


async def list_findings(call: Call) -> Response:
    source, severity = call.query.get("source"), call.query.get("severity")
    page = await call.desk.context.queries.findings(*call.page, source=source, severity=severity)
    return answer(PageOf[FoundInShape], PageOf([found_in_shape(found) for found in page.items], page.next))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.FINDINGS,
        Role.VIEWER,
        list_findings,
        "Findings of all reports, the newest first.",
        answer=PageOf[FoundInShape],
        query=(
            *PAGE_BY_NUMBER,
            word("source", "Only those of this inspection or submitter."),
            choice("severity", Severity, "Only those of this severity."),
        ),
    ),
)

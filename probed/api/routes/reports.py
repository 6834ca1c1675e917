from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.report import report_shape
from probed.api.peer import Role
from probed.api.query import PAGE_BY_ID, word
from probed.api.submission import draft_of, traced
from probed.wire import paths
from probed.wire.page import PageOf
from probed.wire.report import ReportShape, SubmittedReport


async def list_reports(call: Call) -> Response:
    page = await call.desk.context.queries.reports(*call.page, source=call.query.get("source"))
    return answer(PageOf[ReportShape], PageOf([report_shape(report) for report in page.items], page.next))


async def show_report(call: Call) -> Response:
    return answer(ReportShape, report_shape(await call.desk.context.queries.report(call.id)))


async def submit_report(call: Call) -> Response:
    draft = draft_of(await call.body(SubmittedReport), traced(call.request.headers.get("traceparent")))
    report = await call.desk.context.operator.submit(draft, await call.actor())
    return answer(ReportShape, report_shape(report), 201)


ENDPOINTS = (
    Endpoint(
        "POST",
        paths.REPORTS,
        Role.OPERATOR,
        submit_report,
        "Hand in a report of another program.",
        answer=ReportShape,
        status=201,
        body=SubmittedReport,
        body_required=True,
    ),
    Endpoint(
        "GET",
        paths.REPORTS,
        Role.VIEWER,
        list_reports,
        "Reports, the newest first.",
        answer=PageOf[ReportShape],
        query=(*PAGE_BY_ID, word("source", "Only those of this inspection or submitter.")),
    ),
    Endpoint("GET", f"{paths.REPORTS}/{{id}}", Role.VIEWER, show_report, "One report.", answer=ReportShape),
)

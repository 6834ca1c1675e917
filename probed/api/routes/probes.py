from __future__ import annotations

from dataclasses import asdict

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.json_value import JsonCheck
from probed.api.peer import Role
from probed.api.text import check_texts
from probed.wire import paths
from probed.wire.probe import ProbeAnswerShape, ProbeList, ProbeRequest, ProbeShape


async def list_probes(call: Call) -> Response:
    found = await call.desk.context.assistants.probes()
    return answer(ProbeList, ProbeList([ProbeShape(each.name, each.description, dict(each.schema)) for each in found]))


async def ask_probe(call: Call) -> Response:
    request: ProbeRequest = await call.optional_body(ProbeRequest)
    check_texts(request)
    JsonCheck().check(request.arguments, "arguments")
    assistants = call.desk.context.assistants
    found = await assistants.probe(request.session, call.id, request.arguments, await call.actor())
    return answer(ProbeAnswerShape, ProbeAnswerShape(**asdict(found)))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.PROBES,
        Role.VIEWER,
        list_probes,
        "The read-only questions that an assistant may ask this host.",
        answer=ProbeList,
    ),
    Endpoint(
        "POST",
        f"{paths.PROBES}/{{id}}",
        Role.OPERATOR,
        ask_probe,
        "Ask one of them; it changes nothing, and who asked stands in the record of intents.",
        answer=ProbeAnswerShape,
        body=ProbeRequest,
    ),
)

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from probed.api.endpoint import Endpoint
from probed.api.routes.table import ENDPOINTS
from probed.core.alert import AlertState
from probed.core.case import Stage
from probed.core.decision import DecisionState
from probed.core.finding import Severity
from probed.core.inquiry import Inquiry
from probed.core.intent import Intent, link
from probed.core.matcher import parse_matchers
from probed.core.run import RunState
from probed.core.trend import Series
from probed.engine.sieve import HELD
from probed.errors import ParameterError
from probed.ports import FoundIn
from probed.wire import paths
from tests.api.asgi import app_of, ask
from tests.api.fakes import FakeQueries, World, make_overview
from tests.factories import (
    NOW,
    make_alert,
    make_case,
    make_change,
    make_checkpoint,
    make_decision,
    make_finding,
    make_incident,
    make_memory,
    make_message,
    make_report,
    make_run,
    make_silence,
    make_window,
    new_id,
)

T = TypeVar("T")
LISTS = [endpoint for endpoint in ENDPOINTS if any(parameter.name == "limit" for parameter in endpoint.query)]


def found(number: int, severity: Severity = Severity.WARNING, source: str = "disks") -> FoundIn:
    return FoundIn(number, "r", source, NOW, make_finding(severity=severity))


def chain(length: int) -> list[Intent]:
    intents: list[Intent] = []
    for number in range(length):
        intents.append(link(intents[-1] if intents else None, NOW, "note", "cortex", "s", f"text {number}"))
    return intents[::-1]


def five(make: Callable[[], T]) -> list[T]:
    return [make() for _ in range(5)]


FILLED = {
    "runs": World(FakeQueries(all_runs=five(make_run))),
    "reports": World(FakeQueries(all_reports=five(make_report))),
    "findings": World(FakeQueries(all_findings=[found(number) for number in range(5, 0, -1)])),
    "trends": World(FakeQueries(all_trends=[Series(str(n), "disk", f"/{n}", "%") for n in range(5, 0, -1)])),
    "cases": World(FakeQueries(all_cases=five(make_case))),
    "alerts": World(FakeQueries(all_alerts=five(make_alert))),
    "silences": World(FakeQueries(all_silences=five(make_silence))),
    "decisions": World(FakeQueries(all_decisions=five(make_decision))),
    "incidents": World(FakeQueries(all_incidents=five(make_incident))),
    "maintenance": World(FakeQueries(all_maintenance=five(make_window))),
    "changes": World(FakeQueries(all_changes=five(make_change))),
    "memories": World(FakeQueries(all_memories=five(make_memory))),
    "messages": World(FakeQueries(all_messages=five(make_message))),
    "questions": World(FakeQueries(all_inquiries=five(lambda: Inquiry(new_id(), "q1", "why?", "uid:0", NOW)))),
    "intents": World(FakeQueries(all_intents=chain(5))),
    "checkpoints": World(FakeQueries(all_checkpoints=[make_checkpoint(number) for number in range(5, 0, -1)])),
}
STORED_AS = {"questions": "inquiries"}


def test_every_list_is_tried_here() -> None:
    assert {endpoint.path.rpartition("/")[2] for endpoint in LISTS} == set(FILLED)


@pytest.mark.parametrize("name", FILLED)
async def test_a_list_is_read_page_by_page(name: str) -> None:
    world = FILLED[name]
    held = getattr(world.queries, f"all_{STORED_AS.get(name, name)}")
    app = app_of(world)
    place = "intents/checkpoints" if name == "checkpoints" else name
    key = "number" if name in ("intents", "checkpoints") else "id"

    seen: list[Any] = []
    before = ""
    for _ in range(3):
        page = (await ask(app, "GET", f"/api/v1/{place}?limit=2{before}")).json
        seen += [item[key] for item in page["items"]]
        before = f"&before={page['next']}"

    assert seen == [getattr(item, key) for item in held]
    assert page["next"] is None


@pytest.mark.parametrize("endpoint", LISTS, ids=lambda endpoint: endpoint.path)
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("before=a%00b", "before"),
        ("before=" + "x" * 200, "before"),
        ("sort=name", "sort"),
        ("LIMIT=1", "LIMIT"),
    ],
)
async def test_a_query_that_is_not_understood_is_refused_by_name(endpoint: Endpoint, query: str, field: str) -> None:
    answer = await ask(app_of(World()), "GET", f"{endpoint.path}?{query}")
    assert answer.status == 400
    assert answer.error["field"] == field


@pytest.mark.parametrize("path", ["status", "schedule", "inspections", "intents/verify", "runs/x"])
async def test_what_takes_no_parameter_says_so(path: str) -> None:
    answer = await ask(app_of(World()), "GET", f"/api/v1/{path}?limit=5")
    assert (answer.status, answer.error["field"]) == (400, "limit")


async def test_a_key_that_only_the_monitor_can_judge_is_refused_by_name() -> None:
    world = World()
    world.queries.failure = ParameterError("before", "no key of this list")
    answer = await ask(app_of(world), "GET", "/api/v1/runs?before=x")
    assert (answer.status, answer.error["field"], answer.error["message"]) == (400, "before", "no key of this list")


async def test_runs_are_chosen_by_inspection_and_state() -> None:
    world = World()
    wanted = make_run(inspection="disks", state=RunState.TIMEOUT)
    world.queries.all_runs = [make_run(), wanted, make_run(inspection="other", state=RunState.TIMEOUT)]
    page = (await ask(app_of(world), "GET", "/api/v1/runs?inspection=disks&state=timeout")).json
    assert [item["id"] for item in page["items"]] == [wanted.id]


async def test_findings_are_chosen_by_source_and_severity() -> None:
    world = World()
    world.queries.all_findings = [
        found(3, Severity.CRITICAL),
        found(2, Severity.INFO),
        found(1, Severity.CRITICAL, "backup"),
    ]
    page = (await ask(app_of(world), "GET", "/api/v1/findings?source=disks&severity=critical")).json
    assert [item["id"] for item in page["items"]] == [3]


async def test_resolved_cases_can_be_left_out() -> None:
    world = World()
    world.queries.all_cases = [make_case(stage=Stage.RESOLVED, resolved_at=NOW), make_case(stage=Stage.TOLD)]
    app = app_of(world)
    assert len((await ask(app, "GET", "/api/v1/cases")).json["items"]) == 2
    (told,) = (await ask(app, "GET", "/api/v1/cases?open=true")).json["items"]
    assert (told["stage"], told["level"]) == ("told", "L3")
    assert (await ask(app, "GET", "/api/v1/cases?open=yes")).error["field"] == "open"


async def test_alerts_and_decisions_are_chosen_by_state() -> None:
    world = World()
    world.queries.all_alerts = [make_alert(), make_alert(state=AlertState.RESOLVED, ends_at=NOW)]
    world.queries.all_decisions = [make_decision(), make_decision(state=DecisionState.EXPIRED)]
    app = app_of(world)
    assert len((await ask(app, "GET", "/api/v1/alerts?state=resolved")).json["items"]) == 1
    assert len((await ask(app, "GET", "/api/v1/decisions?state=waiting")).json["items"]) == 1
    for path in ("alerts", "decisions", "runs"):
        answer = await ask(app, "GET", f"/api/v1/{path}?state=strange")
        assert (answer.status, answer.error["field"]) == (400, "state")


async def test_the_verdicts_of_all_listed_runs_are_read_at_once() -> None:
    world = World()
    run = make_run(state=RunState.OK, report_id="rep")
    world.queries.all_runs = [run, make_run(state=RunState.FAILED), make_run(report_id="removed")]
    world.queries.all_reports = [make_report(run, id="rep")]

    page = (await ask(app_of(world), "GET", "/api/v1/runs")).json

    assert [item["verdict"] for item in page["items"]] == ["warning", None, None]
    assert world.queries.asked == ["verdicts"]


async def test_the_cases_of_all_waiting_decisions_are_read_at_once() -> None:
    world = World()
    cases = [make_case(object="/a"), make_case(object="/b")]
    world.queries.all_cases = cases
    world.queries.all_decisions = [make_decision(case) for case in cases]

    page = (await ask(app_of(world), "GET", "/api/v1/decisions")).json

    assert len(page["items"]) == 2
    assert world.queries.asked == ["cases_by_id"]


async def test_an_open_alert_that_nobody_is_told_of_says_why() -> None:
    silence = make_silence(matchers=parse_matchers('object="/silenced"'))
    alerts = [
        make_alert(labels={"object": "/told"}),
        make_alert(labels={"object": "/silenced"}),
        make_alert(labels={"object": "/child"}, annotations={HELD: "depends on /srv: /srv is down"}),
        make_alert(labels={"object": "/silenced"}, state=AlertState.RESOLVED),
    ]
    queries = FakeQueries(all_alerts=alerts, all_silences=[silence])
    app = app_of(World(queries, overview=make_overview(alerts=tuple(alerts[:3]))))

    listed = (await ask(app, "GET", paths.ALERTS)).json["items"]
    status = (await ask(app, "GET", paths.STATUS)).json["alerts"]
    one = (await ask(app, "GET", f"{paths.ALERTS}/{alerts[1].id}")).json

    why = {"/told": "", "/silenced": f"silenced by {silence.id}", "/child": "depends on /srv: /srv is down"}
    assert [(each["state"], each["not_told"]) for each in listed if each["state"] == "resolved"] == [("resolved", "")]
    for shown in ([each for each in listed if each["state"] != "resolved"], status):
        assert {each["labels"]["object"]: each["not_told"] for each in shown} == why
    assert one["not_told"] == f"silenced by {silence.id}"

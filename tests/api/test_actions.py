"""What a person may do through the API."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from probed.api.routes.table import ENDPOINTS
from probed.core.checkpoint import ChainVerdict
from probed.core.inspection import CheckCall
from probed.core.maintenance import Fixes
from probed.core.matcher import parse_matchers
from probed.errors import CannotPersist, Conflict, CortexError, NotFound, Refused, StaleVersion
from probed.ports import Actor, PlannedRun
from probed.wire import paths
from tests.api.asgi import ADMIN, OPERATOR, ROOT, app_of, ask
from tests.api.fakes import World
from tests.factories import NOW, make_alert, make_case, make_decision, make_inspection, make_report, make_window

SOMEBODY = Actor("uid:2000000002", 12, 2000000002)


@pytest.mark.parametrize(
    ("path", "body", "call"),
    [
        ("alerts/a/ack", None, ("acknowledge", "a", SOMEBODY)),
        ("alerts/a/ack", {"for_s": 7200}, ("acknowledge", "a", SOMEBODY, 7200)),
        ("alerts/a/resolve", None, ("resolve", "a", SOMEBODY)),
        ("runs/r/cancel", None, ("cancel_run", "r", SOMEBODY)),
        ("maintenance/w/end", None, ("end_maintenance", "w", SOMEBODY)),
        ("decisions/d/reject", None, ("reject", "d", SOMEBODY, "")),
        ("decisions/d/reject", {}, ("reject", "d", SOMEBODY, "")),
        ("decisions/d/reject", {"note": "not at night"}, ("reject", "d", SOMEBODY, "not at night")),
    ],
)
async def test_an_operator_is_named_by_the_kernel_not_by_the_request(
    path: str, body: object, call: tuple[object, ...]
) -> None:
    world = World()
    answer = await ask(app_of(world), "POST", f"/api/v1/{path}", body, peer=OPERATOR)
    assert answer.status == 200
    assert world.operator.calls == [call]


async def test_a_user_with_a_name_is_called_by_it() -> None:
    world = World()
    await ask(app_of(world), "POST", "/api/v1/alerts/a/ack", peer=ROOT)
    assert world.operator.calls == [("acknowledge", "a", Actor("uid:0 root", 1, 0))]


@pytest.mark.parametrize(
    ("body", "expected"), [(None, None), ({}, None), ({"hash": None}, None), ({"hash": "ab12"}, "ab12")]
)
async def test_an_approval_may_be_bound_to_what_was_seen(body: object, expected: str | None) -> None:
    world = World()
    answer = await ask(app_of(world), "POST", "/api/v1/decisions/d/approve", body, peer=ADMIN)
    assert (answer.status, answer.json["state"]) == (200, "approved")
    assert world.operator.calls == [("approve", "d", Actor("uid:2000000001", 11, 2000000001), expected, "", None)]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("alerts/a/ack", {"for_s": "2h"}, "for_s"),
        ("maintenance", {}, "for_s"),
        ("intents", {"kind": "audit", "text": "it was somebody else"}, "kind"),
        ("intents", {"kind": "note", "text": ""}, "text"),
        ("intents", {"kind": "note", "text": "a\u202eb"}, "text"),
        ("maintenance", {"for_s": -1}, "for_s"),
        ("maintenance", {"for_s": 60, "matchers": ["/srv"]}, "matchers"),
        ("maintenance", {"for_s": 60, "fixes": "all"}, "fixes"),
        ("maintenance", {"for_s": 60, "starts_at": "tomorrow"}, "starts_at"),
        ("maintenance", {"for_s": 60, "starts_at": "2026-11-20T06:00:00"}, "starts_at"),
        ("decisions/d/approve", {"hash": 5}, "hash"),
        ("decisions/d/approve", {"hash": ""}, "hash"),
        ("decisions/d/approve", {"hash": "x" * 65}, "hash"),
        ("decisions/d/approve", {"force": True}, "force"),
        ("decisions/d/reject", {"note": None}, "note"),
        ("decisions/d/reject", {"note": "x" * 2001}, "note"),
    ],
)
async def test_a_body_that_is_not_understood_decides_nothing(path: str, body: object, field: str) -> None:
    world = World()
    answer = await ask(app_of(world), "POST", f"/api/v1/{path}", body)
    assert (answer.status, answer.error["field"]) == (422, field)
    assert world.operator.calls == []


@pytest.mark.parametrize(
    ("failure", "status", "code"),
    [
        (NotFound("no decision d"), 404, "not_found"),
        (Conflict("decided already"), 409, "conflict"),
        (StaleVersion(), 409, "conflict"),
        (Refused("altered"), 403, "refused"),
        (CannotPersist("the disk is full"), 503, "internal"),
    ],
)
async def test_why_it_could_not_be_done_is_told(failure: CortexError, status: int, code: str) -> None:
    world = World()
    world.operator.failure = failure
    answer = await ask(app_of(world), "POST", "/api/v1/decisions/d/approve")
    assert (answer.status, answer.error["code"], answer.error["message"]) == (status, code, str(failure))


async def test_a_run_is_answered_before_it_has_begun() -> None:
    world = World(inspections=[make_inspection()])
    answer = await ask(app_of(world), "POST", "/api/v1/inspections/disks/run")
    assert answer.status == 202
    assert (answer.json["inspection"], answer.json["state"], answer.json["verdict"]) == ("disks", "pending", None)


async def test_pause_and_resume_answer_with_the_inspection_as_it_is_now() -> None:
    inspection = make_inspection()
    world = World(inspections=[inspection])
    app = app_of(world)
    world.schedule.plans = [PlannedRun(inspection, None, paused=True)]
    paused = (await ask(app, "POST", "/api/v1/inspections/disks/pause")).json
    world.schedule.plans = [PlannedRun(inspection, NOW, paused=False)]
    resumed = (await ask(app, "POST", "/api/v1/inspections/disks/resume")).json
    assert [call[:2] for call in world.operator.calls] == [("pause", "disks"), ("resume", "disks")]
    assert (paused["paused"], paused["next_at"]) == (True, None)
    assert (resumed["paused"], resumed["next_at"]) == (False, "2026-11-20T06:00:00.000Z")


async def test_an_inspection_shows_its_newest_report_and_when_it_runs_next() -> None:
    inspection = make_inspection()
    report = make_report()
    world = World(inspections=[inspection])
    world.queries.all_reports = [report]
    world.schedule.plans = [PlannedRun(inspection, NOW + timedelta(minutes=5), paused=False)]
    shown = (await ask(app_of(world), "GET", "/api/v1/inspections/disks")).json
    assert (shown["last_verdict"], shown["last_run_id"]) == ("warning", report.run_id)
    assert shown["next_at"] == "2026-11-20T06:05:00.000Z"
    planned = (await ask(app_of(world), "GET", "/api/v1/schedule")).json["items"]
    assert [plan["inspection"] for plan in planned] == ["disks"]


async def test_an_unknown_inspection_is_answered_with_those_there_are() -> None:
    world = World(inspections=[make_inspection()])
    answer = await ask(app_of(world), "GET", "/api/v1/inspections/disk")
    assert answer.status == 404
    assert "disks" in answer.error["message"]


async def test_each_thing_can_be_shown_by_its_id() -> None:
    world = World()
    queries = world.queries
    report = make_report()
    queries.all_reports, queries.all_cases = [report], [make_case(id="c")]
    queries.all_alerts, queries.all_decisions = [make_alert(id="a")], [make_decision(id="d")]
    app = app_of(world)
    for path, id_ in (("reports", report.id), ("cases", "c"), ("alerts", "a"), ("decisions", "d")):
        assert (await ask(app, "GET", f"/api/v1/{path}/{id_}")).json["id"] == id_
        assert (await ask(app, "GET", f"/api/v1/{path}/missing")).status == 404


@pytest.mark.parametrize("id_", ["a%00b", "x" * 129, "%0a"])
async def test_what_can_be_no_id_is_not_looked_for(id_: str) -> None:
    world = World()
    assert (await ask(app_of(world), "GET", f"/api/v1/runs/{id_}")).status == 404
    assert world.queries.asked == []


async def test_what_to_type_names_the_line_of_the_document() -> None:
    case = make_case(id="c")
    inspection = make_inspection(path="/etc/cortex/my inspections/disks.md", checks=(CheckCall("disk", line=7),))
    world = World(inspections=[inspection])
    world.queries.all_cases = [case]
    world.queries.all_alerts = [make_alert(case, id="a")]
    world.queries.all_decisions = [make_decision(case, id="d")]
    app = app_of(world)
    tune = "${EDITOR:-vi} +7 '/etc/cortex/my inspections/disks.md'  # check disk"
    assert (await ask(app, "GET", "/api/v1/alerts/a")).json["commands"] == [
        "cortexctl alerts ack a",
        "cortexctl alerts silence a --for 1h",
        "cortexctl alerts resolve a",
        tune,
    ]
    assert (await ask(app, "GET", "/api/v1/decisions/d")).json["commands"] == [
        "cortexctl decisions approve d",
        "cortexctl decisions reject d",
        tune,
    ]


async def test_a_foreign_name_never_begins_a_line_that_would_be_run() -> None:
    world = World()
    world.queries.all_alerts = [make_alert(id="a", labels={"source": "x\nreboot", "alertname": "y\rreboot"})]
    commands = (await ask(app_of(world), "GET", "/api/v1/alerts/a")).json["commands"]
    assert commands[-1] == "# y?reboot comes from x?reboot, no inspection of this host: tune it there"


async def test_somebody_writes_down_what_was_decided() -> None:
    world = World()
    body = {"kind": "decision", "text": "the old disk stays", "subject": "a1"}
    answer = await ask(app_of(world), "POST", "/api/v1/intents", body, peer=OPERATOR)
    assert (answer.status, answer.json["kind"], answer.json["text"]) == (201, "decision", "the old disk stays")
    assert world.operator.calls == [("record", "decision", "the old disk stays", "a1", SOMEBODY)]


async def test_the_chain_of_intents_is_judged() -> None:
    world = World()
    app = app_of(world)
    whole = {"intact": True, "broken_at": None, "fault": "", "checkpoint": None, "vouched_for": True}
    assert (await ask(app, "GET", "/api/v1/intents/verify")).json == whole
    world.queries.chain = ChainVerdict(7, "edited")
    broken = {**whole, "intact": False, "broken_at": 7, "fault": "edited"}
    assert (await ask(app, "GET", "/api/v1/intents/verify")).json == broken


async def test_an_engine_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    status = next(endpoint for endpoint in ENDPOINTS if endpoint.path == paths.STATUS)
    monkeypatch.setattr("probed.api.app.ENDPOINTS", (replace(status, deadline_s=0.01),))
    answer = await asyncio.wait_for(ask(app_of(World(), overview=hang), "GET", paths.STATUS), 60)
    assert (answer.status, answer.error["code"]) == (503, "overloaded")


async def test_maintenance_is_begun_for_what_matches_and_listed_with_what_comes_again() -> None:
    world = World()
    world.operator.recurring = [make_window(id="config:backup")]
    body = {"for_s": 3600, "matchers": ['object="/srv",source=~"d.*"'], "fixes": "permit", "comment": "new disk"}

    answer = await ask(app_of(world), "POST", "/api/v1/maintenance", body, peer=OPERATOR)
    listed = await ask(app_of(world), "GET", "/api/v1/maintenance", peer=OPERATOR)

    assert (answer.status, answer.json["matchers"]) == (201, ['object="/srv"', 'source=~"d.*"'])
    matchers = parse_matchers('object="/srv",source=~"d.*"')
    assert world.operator.calls == [("start_maintenance", matchers, Fixes.PERMIT, "new disk", SOMEBODY)]
    assert [item["id"] for item in listed.json["items"]] == ["config:backup"]

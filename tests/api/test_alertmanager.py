"""Alertmanager's API: what Prometheus and amtool rely on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from probed.core.alert import AlertState
from probed.core.inhibition import InhibitRule
from probed.core.matcher import parse_matchers
from probed.core.routing import Routing
from probed.errors import Conflict
from tests.api.asgi import app_of, ask
from tests.api.fakes import World
from tests.factories import NOW, make_alert, make_silence

ALERT = {"labels": {"alertname": "Down", "team": "db"}, "annotations": {"summary": "it is down"}}


async def test_alerts_are_handed_in_with_the_times_that_go_and_python_write() -> None:
    world = World()
    sent = [
        {**ALERT, "startsAt": "2026-11-20T08:00:00.123456789Z", "endsAt": "0001-01-01T00:00:00Z"},
        {**ALERT, "startsAt": None, "endsAt": "2026-11-20T10:00:00+01:00", "generatorURL": "http://p/g", "more": 1},
        {**ALERT, "annotations": None},
    ]

    answer = await ask(app_of(world), "POST", "/api/v2/alerts", sent)

    first, second, third = world.operator.alert_drafts
    assert third.annotations == {}
    assert (answer.status, answer.body) == (200, b"")
    assert (first.labels, first.annotations) == (ALERT["labels"], ALERT["annotations"])
    assert first.starts_at
    assert (first.starts_at.isoformat(), first.ends_at) == ("2026-11-20T08:00:00.123456+00:00", None)
    assert second.ends_at
    assert (second.ends_at.hour, second.generator_url) == (9, "http://p/g")


async def test_the_valid_ones_of_a_batch_are_stored_and_the_others_answered_400() -> None:
    world = World()
    sent: list[Any] = [ALERT, {"labels": {}}, {**ALERT, "startsAt": "soon"}, {"labels": {"a-b": "c"}}]

    answer = await ask(app_of(world), "POST", "/api/v2/alerts", sent)

    assert answer.status == 400
    assert all(part in answer.json for part in ("alerts[2].startsAt", "needs a label", "'a-b'"))
    assert [draft.labels for draft in world.operator.alert_drafts] == [ALERT["labels"], {}, {"a-b": "c"}]


@pytest.mark.parametrize(
    ("body", "status"), [(b"{}", 400), (b"[", 400), ([{"labels": {"a": 1}}], 400), ([{"annotations": {}}], 400)]
)
async def test_what_is_no_list_of_alerts_is_refused_with_a_text(body: object, status: int) -> None:
    answer = await ask(app_of(World()), "POST", "/api/v2/alerts", body)

    assert answer.status == status
    assert isinstance(answer.json, str)


async def test_open_alerts_say_what_mutes_them() -> None:
    told = make_alert(case_id="", labels={"alertname": "Told", "severity": "critical"}, ends_at=NOW)
    silenced = make_alert(case_id="", labels={"alertname": "Quiet", "team": "db"}, ends_at=NOW)
    inhibited = make_alert(case_id="", labels={"alertname": "Follows"}, ends_at=NOW)
    over = make_alert(case_id="", labels={"alertname": "Over"}, state=AlertState.RESOLVED, ends_at=NOW)
    silence = make_silence()
    rule = InhibitRule(parse_matchers("severity=critical"), parse_matchers("alertname=Follows"))
    world = World(routing=replace(Routing.one_host("telegram"), inhibit_rules=(rule,)))
    world.queries.all_alerts = [told, silenced, inhibited, over]
    world.queries.all_silences = [silence]
    app = app_of(world)

    found = {alert["labels"]["alertname"]: alert for alert in (await ask(app, "GET", "/api/v2/alerts")).json}

    assert set(found) == {"Told", "Quiet", "Follows"}
    assert found["Told"]["status"]["state"] == "active"
    assert found["Told"]["fingerprint"] == told.fingerprint
    assert found["Told"]["receivers"] == [{"name": "default"}]
    assert found["Quiet"]["status"] == {
        "state": "suppressed", "silencedBy": [silence.id], "inhibitedBy": [], "mutedBy": [],
    }  # fmt: skip
    assert found["Follows"]["status"]["inhibitedBy"] == [told.fingerprint]

    async def names(query: str) -> set[str]:
        answer = await ask(app, "GET", f"/api/v2/alerts?{query}")
        return {alert["labels"]["alertname"] for alert in answer.json}

    assert await names("silenced=false&inhibited=false") == {"Told"}
    assert await names("active=false") == {"Quiet", "Follows"}
    assert await names("filter=alertname%3D~%22T.*%7CQ.*%22&filter=team%3D%22db%22") == {"Quiet"}
    assert await names("receiver=def.*") == {"Told", "Quiet", "Follows"}
    assert await names("receiver=other") == set()


async def test_groups_hold_their_alerts() -> None:
    world = World()
    world.queries.all_alerts = [make_alert(case_id="", labels={"alertname": name}, ends_at=NOW) for name in "abb"]

    groups = (await ask(app_of(world), "GET", "/api/v2/alerts/groups")).json

    assert [(group["labels"], group["receiver"], len(group["alerts"])) for group in groups] == [
        ({"alertname": "a"}, {"name": "default"}, 1),
        ({"alertname": "b"}, {"name": "default"}, 2),
    ]


SILENCE = {
    "matchers": [
        {"name": "team", "value": "db.*", "isRegex": True},
        {"name": "a", "value": "b", "isRegex": False, "isEqual": False},
    ],
    "startsAt": "2026-11-20T05:00:00Z",
    "endsAt": "2026-11-20T09:00:00Z",
    "createdBy": "ann",
    "comment": "repairs",
}


async def test_a_silence_is_made_shown_and_expired() -> None:
    world = World()
    app = app_of(world)

    assert (await ask(app, "POST", "/api/v2/silences", SILENCE)).json == {"silenceID": "s1"}
    assert world.operator.calls[0][:2] == ("silence", "repairs")

    known = make_silence(id="s2", matchers=parse_matchers('team=~"db.*",a!="b"'))
    world.queries.all_silences = [known, make_silence(id="s3", ends_at=NOW - timedelta(hours=1))]
    shown = (await ask(app, "GET", "/api/v2/silence/s2")).json
    assert shown["matchers"] == [
        {"name": "team", "value": "db.*", "isRegex": True, "isEqual": True},
        {"name": "a", "value": "b", "isRegex": False, "isEqual": False},
    ]
    assert shown["status"] == {"state": "active"}
    listed = (await ask(app, "GET", "/api/v2/silences")).json
    assert [(silence["id"], silence["status"]["state"]) for silence in listed] == [("s2", "active"), ("s3", "expired")]
    assert [each["id"] for each in (await ask(app, "GET", "/api/v2/silences?filter=team%3D%22db%22")).json] == ["s3"]
    assert (await ask(app, "GET", "/api/v2/silences?filter=team%3D~%22d.*%22")).json == []
    assert (await ask(app, "DELETE", "/api/v2/silence/s2")).status == 200
    assert world.operator.calls[-1][:2] == ("expire_silence", "s2")
    assert (await ask(app, "GET", "/api/v2/silence/nothing")).status == 404


async def test_silences_come_in_alertmanagers_order_and_one_that_has_expired_may_be_deleted() -> None:
    world, hour = World(), timedelta(hours=1)
    world.queries.all_silences = [
        make_silence(id="over", ends_at=NOW - 2 * hour),
        make_silence(id="soon", starts_at=NOW + hour, ends_at=NOW + 9 * hour),
        make_silence(id="later", starts_at=NOW + 2 * hour, ends_at=NOW + 3 * hour),
        make_silence(id="just over", ends_at=NOW - hour),
        make_silence(id="long", ends_at=NOW + 2 * hour),
        make_silence(id="short", ends_at=NOW + hour),
    ]
    app = app_of(world)

    listed = [silence["id"] for silence in (await ask(app, "GET", "/api/v2/silences")).json]
    assert listed == ["short", "long", "soon", "later", "just over", "over"]

    world.operator.failure = Conflict("silence over has expired already")
    assert (await ask(app, "DELETE", "/api/v2/silence/over")).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"endsAt": "later"},
        {"endsAt": "9999-12-31T23:59:59-12:00"},
        {"matchers": [{"name": "a", "value": "(", "isRegex": True}]},
        {"matchers": [{"name": "", "value": "x", "isRegex": False}]},
    ],
)
async def test_what_is_no_silence_is_answered_400(changes: dict[str, object]) -> None:
    answer = await ask(app_of(World()), "POST", "/api/v2/silences", {**SILENCE, **changes})

    assert answer.status == 400
    assert isinstance(answer.json, str)


async def test_receivers_and_status_are_what_amtool_reads() -> None:
    app = app_of(World())

    assert (await ask(app, "GET", "/api/v2/receivers")).json == [{"name": "default"}]
    status = (await ask(app, "GET", "/api/v2/status")).json
    assert status["cluster"]["status"] == "disabled"
    assert '"receiver": "default"' in status["config"]["original"]

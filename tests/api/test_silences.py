"""Silences for people, and where an alert would go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from probed.core.matcher import parse_matchers
from probed.core.route import Route
from probed.core.routing import Routing
from tests.api.asgi import app_of, ask
from tests.api.fakes import World
from tests.factories import make_silence


async def test_a_silence_is_made_shown_and_expired() -> None:
    world = World()
    world.queries.all_silences = [make_silence(id="s2")]
    app = app_of(world)
    request = {"matchers": ['team="db"', 'host=~"a.*"'], "for_s": 3600, "comment": "repairs"}

    made = await ask(app, "POST", "/api/v1/silences", request)

    assert (made.status, made.json["matchers"]) == (201, ['team="db"', 'host=~"a.*"'])
    assert made.json["ends_at"] == "2026-11-20T07:00:00.000Z"
    shown = (await ask(app, "GET", "/api/v1/silences/s2")).json
    assert (shown["state"], shown["commands"]) == ("active", ["cortexctl silences expire s2"])
    assert (await ask(app, "POST", "/api/v1/silences/s2/expire")).json["state"] == "expired"


async def test_an_alert_is_silenced_for_a_while_or_until_it_resolves() -> None:
    world = World()
    app = app_of(world)

    assert (await ask(app, "POST", "/api/v1/alerts/a1/silence", {"for_s": 60})).json["alert_id"] == ""
    until = (await ask(app, "POST", "/api/v1/alerts/a1/silence")).json

    assert (until["alert_id"], until["ends_at"]) == ("a1", None)
    assert [call[3] for call in world.operator.calls] == [60.0, None]


@pytest.mark.parametrize(
    "changes",
    [
        {"for_s": 0},
        {"for_s": -1},
        {"matchers": ["team"]},
        {"matchers": ['a=~"("']},
        {"matchers": ["a=b"] * 51},
        {"starts_at": "noon"},
        {"starts_at": "2026-11-20T22:00:00"},
        {"starts_at": "9999-12-31T23:59:59Z"},
        {"starts_at": "9999-12-31T23:59:59-12:00"},
        {"starts_at": "0001-01-01T00:00:00+12:00"},
    ],
)
async def test_what_is_no_silence_is_refused_with_the_field(changes: dict[str, object]) -> None:
    request = {"matchers": ['team="db"'], "for_s": 60, **changes}

    answer = await ask(app_of(World()), "POST", "/api/v1/silences", request)

    assert (answer.status, answer.error["field"]) == (422, next(iter(changes)))


async def test_it_is_told_where_an_alert_would_go_and_what_would_mute_it() -> None:
    below = Route('{}/{team="db"}', "default", Routing().root.timing, parse_matchers('team="db"'), ("team",))
    routing = Routing.one_host("telegram")
    world = World(routing=replace(routing, root=replace(routing.root, routes=(below,))))
    world.queries.all_silences = [make_silence(id="s2")]
    app = app_of(world)

    tree = (await ask(app, "GET", "/api/v1/routes")).json
    taken = (await ask(app, "GET", "/api/v1/routes?label=team%3Ddb&label=a%3Db")).json

    assert [(route["key"], route["depth"]) for route in tree["routes"]] == [("{}", 0), ('{}/{team="db"}', 1)]
    assert [route["group_key"] for route in taken["routes"]] == ['{}/{team="db"}:{team="db"}']
    assert taken["routes"][0]["recipients"] == ["telegram"]
    assert taken["silenced_by"] == ["s2"]
    assert (await ask(app, "GET", "/api/v1/routes?label=team")).status == 400

from __future__ import annotations

import pytest

from probed.core.breaker import BreakerFacts, BreakerState
from probed.core.channel import ChannelFacts
from probed.core.effect import EffectState
from probed.errors import Conflict, NotFound, TooMany
from tests.api.asgi import OPERATOR, app_of, ask
from tests.api.fakes import World
from tests.factories import make_message


async def test_each_channel_is_listed_with_its_breaker_and_what_waits() -> None:
    breaker = BreakerFacts("mail", BreakerState.HALF_OPEN, 4, why="refused")
    world = World(channels=[ChannelFacts("mail", "apprise", breaker, pending=3, dead=1)])

    [channel] = (await ask(app_of(world), "GET", "/api/v1/channels", peer=OPERATOR)).json["items"]

    assert (channel["name"], channel["kind"], channel["pending"], channel["dead"]) == ("mail", "apprise", 3, 1)
    assert (channel["breaker"]["state"], channel["breaker"]["why"]) == ("half_open", "refused")


@pytest.mark.parametrize("name", ["mail", "webhook:ops/0", "webhook:a/b/1"])
async def test_an_operator_tests_a_channel_also_one_with_slashes_in_its_name(name: str) -> None:
    world = World()

    answer = await ask(app_of(world), "POST", f"/api/v1/channels/{name}/test", peer=OPERATOR)

    assert (answer.status, answer.json["delivered"], answer.json["detail"]) == (200, False, "nobody answers")
    assert [call[:2] for call in world.operator.calls] == [("test_channel", name)]


@pytest.mark.parametrize(("failure", "status"), [(NotFound("no channel x"), 404), (TooMany("a moment ago"), 429)])
async def test_a_test_that_is_not_made_says_why(failure: Exception, status: int) -> None:
    world = World()
    world.operator.failure = failure

    answer = await ask(app_of(world), "POST", "/api/v1/channels/x/test", peer=OPERATOR)

    assert (answer.status, answer.error["message"]) == (status, str(failure))


async def test_messages_are_listed_by_state() -> None:
    dead, sent = make_message(state=EffectState.DEAD, note="too large"), make_message(state=EffectState.DONE)
    world = World()
    world.queries.all_messages = [dead, sent]

    listed = await ask(app_of(world), "GET", "/api/v1/messages?state=dead", peer=OPERATOR)
    wrong = await ask(app_of(world), "GET", "/api/v1/messages?state=lost", peer=OPERATOR)

    assert [(item["id"], item["note"]) for item in listed.json["items"]] == [(dead.id, "too large")]
    assert (wrong.status, wrong.error["message"]) == (400, "must be one of pending, sent, dead")


@pytest.mark.parametrize(("body", "to"), [(None, ""), ({}, ""), ({"to": "mail"}, "mail")])
async def test_a_dead_letter_is_sent_again_on_request(body: object, to: str) -> None:
    world = World()

    answer = await ask(app_of(world), "POST", "/api/v1/messages/m1/resend", body, peer=OPERATOR)

    assert (answer.status, answer.json["state"], answer.json["recipient"]) == (200, "pending", to or "telegram")
    [(verb, message_id, _, wanted)] = world.operator.calls
    assert (verb, message_id, wanted) == ("resend", "m1", to)


async def test_what_is_no_dead_letter_is_a_conflict() -> None:
    world = World()
    world.operator.failure = Conflict("it is done")

    assert (await ask(app_of(world), "POST", "/api/v1/messages/m1/resend", {}, peer=OPERATOR)).status == 409
    assert (await ask(app_of(World()), "POST", "/api/v1/messages/m1/resend", {"to": "x" * 200})).status == 422

from __future__ import annotations

import pytest

from probed.ports import Actor
from tests.api.asgi import OPERATOR, app_of, ask
from tests.api.fakes import World

SOMEBODY = Actor("uid:2000000002", 12, 2000000002)


async def test_the_probes_are_listed_with_their_schemas() -> None:
    answer = await ask(app_of(World()), "GET", "/api/v1/probes", peer=OPERATOR)
    assert answer.json["items"] == [
        {"name": "processes", "description": "What runs.", "schema": {"type": "object", "properties": {}}}
    ]


async def test_a_probe_is_asked_in_the_name_of_whoever_asks() -> None:
    world = World()
    body = {"arguments": {"limit": 3}, "session": "s1"}
    answer = await ask(app_of(world), "POST", "/api/v1/probes/processes", body, peer=OPERATOR)
    assert answer.json == {"text": '{"rows": []}', "failed": False}
    assert world.assistants.asked == [("s1", "processes", {"limit": 3}, SOMEBODY)]


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("shell", {}, 404),
        ("processes", {"arguments": [1]}, 422),
        ("processes", {"session": "x" * 200}, 422),
        ("processes", {"session": "a\x1b[2J"}, 422),
    ],
)
async def test_what_is_no_question_is_refused(name: str, body: object, status: int) -> None:
    world = World()
    answer = await ask(app_of(world), "POST", f"/api/v1/probes/{name}", body, peer=OPERATOR)
    assert answer.status in (status, 400)
    assert world.assistants.asked == []

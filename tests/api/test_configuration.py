from __future__ import annotations

from probed.errors import NotReloaded
from probed.ports import Actor
from tests.api.asgi import ADMIN, app_of, ask
from tests.api.fakes import World

CONFIG = "/api/v1/config"


async def test_what_is_in_force_is_shown() -> None:
    answer = await ask(app_of(World()), "GET", CONFIG)

    assert answer.status == 200
    assert answer.json == {
        "path": "/etc/cortex/config.yaml",
        "since": answer.json["since"],
        "settings": {"mode": "observe", "log": {"level": "info"}},
        "needs_restart": ["log"],
    }


async def test_who_has_it_reloaded_is_named_and_hears_what_came_of_it() -> None:
    world = World()

    answer = await ask(app_of(world), "POST", f"{CONFIG}/reload", peer=ADMIN)

    assert answer.status == 200
    assert answer.json["broken"] == ["x.md:4: unknown check"]
    assert world.configurations.asked == [Actor("uid:2000000001", 11, 2000000001)]


async def test_what_cannot_be_used_is_named_with_its_line() -> None:
    world = World()
    world.configurations.failure = NotReloaded("/etc/cortex/config.yaml:7: unknown key 'moed'")

    answer = await ask(app_of(world), "POST", f"{CONFIG}/reload", peer=ADMIN)

    assert (answer.status, answer.error["code"]) == (422, "invalid")
    assert answer.error["message"] == "/etc/cortex/config.yaml:7: unknown key 'moed'"

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.backup import Backup, Drill
from probed.errors import CannotPersist, CorruptMonitor, CortexError, NotFound, Overloaded, Refused
from probed.ports import Actor
from tests.api.asgi import ADMIN, OPERATOR, app_of, ask
from tests.api.fakes import World
from tests.factories import NOW

OLD = Backup("monitor-a.db.gz", NOW, 100, 1000, "ab12", {"reports": 3}, 0.1)
NEW = replace(OLD, name="monitor-b.db.gz", taken_at=NOW + timedelta(hours=1))


def world_with(*backups: Backup) -> World:
    world = World()
    world.backups.all = list(backups)
    return world


async def test_backups_are_listed_the_newest_first_with_the_last_check_of_one() -> None:
    world = world_with(OLD, NEW)
    world.backups.drill = Drill(OLD.name, NOW, 0.5, "it cannot be decompressed")

    answer = (await ask(app_of(world), "GET", "/api/v1/backups", peer=OPERATOR)).json

    assert [item["name"] for item in answer["items"]] == [NEW.name, OLD.name]
    assert answer["items"][1]["rows"] == {"reports": 3}
    assert answer["drill"]["fault"] == "it cannot be decompressed"
    assert answer["written_bytes"] == 4096


async def test_an_administrator_takes_one_and_has_one_checked() -> None:
    world = world_with(OLD)
    app = app_of(world)

    taken = await ask(app, "POST", "/api/v1/backups", peer=ADMIN)
    checked = await ask(app, "POST", "/api/v1/backups/latest/verify", peer=ADMIN)

    by = Actor("uid:2000000001", 11, 2000000001)
    assert (taken.status, taken.json["name"]) == (201, OLD.name)
    assert (checked.status, checked.json["fault"]) == (200, "")
    assert world.backups.calls == [("take", by), ("verify", "latest", by)]


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (NotFound("no such backup"), 404),
        (Refused("backups are off"), 403),
        (Overloaded("another one is under way"), 503),
        (CannotPersist("no room"), 503),
        (CorruptMonitor("monitor.db", "a page is wrong"), 503),
    ],
)
async def test_what_goes_wrong_is_an_answer(failure: CortexError, status: int) -> None:
    world = world_with(OLD)
    world.backups.failure = failure

    answer = await ask(app_of(world), "POST", "/api/v1/backups/x/verify", peer=ADMIN)

    assert answer.status == status
    assert answer.error["message"]

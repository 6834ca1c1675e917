from __future__ import annotations

import pytest

from tests.api.asgi import ADMIN, OPERATOR, app_of, ask
from tests.api.fakes import FakeQueries, World
from tests.factories import make_memory

PATH = "/api/v1/memories"


async def test_a_memory_is_shown_with_its_record_its_trust_and_its_probes() -> None:
    memory = make_memory()
    world = World(FakeQueries(all_memories=[memory, make_memory(check="disk", helped=1, failed=3)]))

    shown = (await ask(app_of(world), "GET", f"{PATH}/{memory.id}", peer=OPERATOR)).json
    listed = (await ask(app_of(world), "GET", f"{PATH}?check=disk", peer=OPERATOR)).json["items"]

    assert (shown["cause"], shown["action"]) == ("its port is taken", "restart_unit unit='{object}'")
    assert (shown["seen"], shown["helped"], shown["failed"], shown["is_trusted"]) == (3, 2, 0, True)
    assert shown["trust"] == pytest.approx(0.342, abs=0.001)
    assert shown["probes"] == [
        {"probe": "unit_status", "arguments": {"name": "{object}"}, "shows": ["result=exit-code"], "sha256": "ab" * 32}
    ]
    assert [(each["check"], each["is_trusted"]) for each in listed] == [("disk", False)]


async def test_a_person_adds_corrects_and_deletes() -> None:
    world = World()
    app = app_of(world)

    added = await ask(app, "POST", PATH, {"case": "c1", "cause": "a full disk", "advice": "emptied it"}, peer=ADMIN)
    await ask(app, "POST", f"{PATH}/m1/correct", {"cause": "a full log", "without_action": True}, peer=ADMIN)
    await ask(app, "POST", f"{PATH}/m1/delete", peer=ADMIN)

    assert (added.status, added.json["vouched_by"]) == (201, f"uid:{ADMIN.uid}")
    by = world.operator.calls[0][-1]
    assert world.operator.calls == [
        ("remember", "c1", "a full disk", "emptied it", by),
        ("correct_memory", "m1", by, "a full log", None, True),
        ("delete_memory", "m1", by),
    ]


@pytest.mark.parametrize("body", [{}, {"cause": ""}, {"cause": "\x1b[2J"}, {"helped": 9}])
async def test_a_correction_that_says_nothing_or_would_steer_a_terminal_is_refused(body: dict[str, object]) -> None:
    world = World()

    answer = await ask(app_of(world), "POST", f"{PATH}/m1/correct", body, peer=ADMIN)

    assert answer.status == 422
    assert world.operator.calls == []

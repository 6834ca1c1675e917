from __future__ import annotations

import pytest

from probed.core.autonomy import Rung
from probed.core.permission import Mode
from probed.ports import Actor
from tests.api.asgi import ADMIN, app_of, ask
from tests.api.fakes import World

ANN = Actor("uid:2000000001", 11, 2000000001)


async def test_the_mode_is_shown_and_chosen() -> None:
    world = World()
    app = app_of(world)

    shown = await ask(app, "GET", "/api/v1/mode")
    chosen = await ask(app, "POST", "/api/v1/mode", {"mode": "earned", "action": "clean_files"}, peer=ADMIN)

    assert shown.json == {
        "mode": "act",
        "configured": "observe",
        "chosen": "act",
        "actions": {"clean_files": "earned"},
    }
    assert chosen.json["actions"] == {"clean_files": "earned"}
    assert world.operator.calls == [("set_mode", Mode.EARNED, ANN, "clean_files")]


async def test_what_was_earned_is_shown_with_what_it_takes() -> None:
    shown = await ask(app_of(World()), "GET", "/api/v1/autonomy")

    assert shown.json["threshold"] == 0.8
    [standing] = shown.json["standings"]
    assert (standing["rung"], standing["successes"], standing["successes_needed"]) == ("ask", 7, 16)
    assert standing["lower_bound"] == 0.646


@pytest.mark.parametrize("rung", ["ask", None])
async def test_a_pin_is_set_and_taken_back(rung: str | None) -> None:
    world = World()
    body = {"action": "restart_unit", "object_kind": "unit", "rung": rung}

    answer = await ask(app_of(world), "POST", "/api/v1/autonomy", body, peer=ADMIN)

    assert (answer.status, answer.json["pin"]) == (200, rung)
    assert world.operator.calls == [("pin", "restart_unit", "unit", Rung(rung) if rung else None, ANN)]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("mode", {"mode": "panic"}),
        ("mode", {}),
        ("autonomy", {"action": "a", "object_kind": "unit", "rung": "roof"}),
        ("autonomy", {"action": "", "object_kind": "unit", "rung": "ask"}),
    ],
)
async def test_what_is_no_mode_and_no_rung_is_refused(path: str, body: object) -> None:
    assert (await ask(app_of(World()), "POST", f"/api/v1/{path}", body, peer=ADMIN)).status == 422

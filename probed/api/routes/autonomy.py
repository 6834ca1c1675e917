from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.autonomy import modes_shape, standing_shape
from probed.api.peer import Role
from probed.api.text import check_texts
from probed.core.autonomy import Rung
from probed.core.permission import Mode
from probed.wire import paths
from probed.wire.autonomy import AutonomyShape, ModeChoice, ModesShape, PinChoice, StandingShape


async def show_mode(call: Call) -> Response:
    return answer(ModesShape, modes_shape(await call.desk.context.operator.modes()))


async def set_mode(call: Call) -> Response:
    choice: ModeChoice = await call.body(ModeChoice)
    check_texts(choice)
    mode = Mode(choice.mode) if choice.mode else None
    modes = await call.desk.context.operator.set_mode(mode, await call.actor(), choice.action)
    return answer(ModesShape, modes_shape(modes))


async def list_standings(call: Call) -> Response:
    operator = call.desk.context.operator
    terms, modes = operator.terms, await operator.modes()
    items = [standing_shape(standing, terms) for standing in await call.desk.context.queries.standings()]
    return answer(AutonomyShape, AutonomyShape(modes.general.value, terms.threshold, items))


async def pin(call: Call) -> Response:
    choice: PinChoice = await call.body(PinChoice)
    check_texts(choice)
    operator = call.desk.context.operator
    rung = Rung(choice.rung) if choice.rung else None
    standing = await operator.pin(choice.action, choice.object_kind, rung, await call.actor())
    return answer(StandingShape, standing_shape(standing, operator.terms))


ENDPOINTS = (
    Endpoint("GET", paths.MODE, Role.VIEWER, show_mode, "Which mode holds.", answer=ModesShape),
    Endpoint(
        "POST",
        paths.MODE,
        Role.ADMIN,
        set_mode,
        "Choose the mode, in general or for one action.",
        answer=ModesShape,
        body=ModeChoice,
        body_required=True,
    ),
    Endpoint(
        "GET",
        paths.AUTONOMY,
        Role.VIEWER,
        list_standings,
        "What each action has earned with each kind of object.",
        answer=AutonomyShape,
    ),
    Endpoint(
        "POST",
        paths.AUTONOMY,
        Role.ADMIN,
        pin,
        "Pin an action to a rung, or let it stand on what it has earned.",
        answer=StandingShape,
        body=PinChoice,
        body_required=True,
    ),
)

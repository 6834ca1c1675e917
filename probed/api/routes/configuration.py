from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.configuration import configuration_shape, reloaded_shape
from probed.api.peer import Role
from probed.api.problems import Invalid
from probed.errors import NotReloaded
from probed.wire import paths
from probed.wire.configuration import ConfigurationShape, ReloadedShape

RELOAD_DEADLINE_S = 60.0


async def show_configuration(call: Call) -> Response:
    return answer(ConfigurationShape, configuration_shape(call.desk.context.configurations.in_force()))


async def reload_configuration(call: Call) -> Response:
    try:
        reloaded = await call.desk.context.configurations.bring_into_force(await call.actor())
    except NotReloaded as error:
        raise Invalid("", str(error)) from error
    return answer(ReloadedShape, reloaded_shape(reloaded))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.CONFIGURATION,
        Role.ADMIN,
        show_configuration,
        "The configuration that the daemon works by.",
        answer=ConfigurationShape,
    ),
    Endpoint(
        "POST",
        f"{paths.CONFIGURATION}/reload",
        Role.ADMIN,
        reload_configuration,
        "Bring configuration, documents and templates into force as they are written now; what cannot be used "
        "changes nothing.",
        answer=ReloadedShape,
        refusals=(422,),
        deadline_s=RELOAD_DEADLINE_S,
    ),
)

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.telegram import code_shape, member_shape
from probed.api.peer import Role
from probed.core.chat import ChatMember
from probed.wire import paths
from probed.wire.page import PageOf
from probed.wire.telegram import ChatMemberShape, PairingCodeShape, Unpairing


async def list_members(call: Call) -> Response:
    return _members(call.desk.context.pairings.members)


async def show_code(call: Call) -> Response:
    shown = await call.desk.context.pairings.show_code(await call.actor())
    return answer(PairingCodeShape, code_shape(shown), 201)


async def unpair(call: Call) -> Response:
    wanted: Unpairing = await call.body(Unpairing)
    return _members(await call.desk.context.pairings.unpair(wanted.chat_id, wanted.user_id, await call.actor()))


def _members(members: Sequence[ChatMember]) -> Response:
    return answer(PageOf[ChatMemberShape], PageOf([member_shape(member) for member in members], None))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.TELEGRAM,
        Role.VIEWER,
        list_members,
        "Who is paired, in which chat, in the order of their pairing.",
        answer=PageOf[ChatMemberShape],
    ),
    Endpoint(
        "POST",
        f"{paths.TELEGRAM}/pair",
        Role.ADMIN,
        show_code,
        "A code that pairs one person in one chat within ten minutes; an earlier one is void.",
        answer=PairingCodeShape,
        status=201,
    ),
    Endpoint(
        "POST",
        f"{paths.TELEGRAM}/unpair",
        Role.ADMIN,
        unpair,
        "Put a person, or everybody in a chat, out again: answers with whom that was.",
        answer=PageOf[ChatMemberShape],
        body=Unpairing,
        body_required=True,
        refusals=(404,),
    ),
)

from __future__ import annotations

from starlette.responses import Response

from probed.api.answers import answer
from probed.api.endpoint import Call, Endpoint
from probed.api.mapping.channel import channel_shape, channel_test_shape
from probed.api.peer import Role
from probed.wire import paths
from probed.wire.channel import ChannelShape, ChannelTestShape
from probed.wire.page import PageOf


async def list_channels(call: Call) -> Response:
    facts = await call.desk.context.channels()
    return answer(PageOf[ChannelShape], PageOf([channel_shape(channel) for channel in facts]))


async def try_channel(call: Call) -> Response:
    test = await call.desk.context.operator.test_channel(call.id, await call.actor())
    return answer(ChannelTestShape, channel_test_shape(test))


ENDPOINTS = (
    Endpoint(
        "GET",
        paths.CHANNELS,
        Role.VIEWER,
        list_channels,
        "The channels: how each one is, and what waits for it.",
        answer=PageOf[ChannelShape],
    ),
    Endpoint(
        "POST",
        f"{paths.CHANNELS}/{{id}}/test",
        Role.OPERATOR,
        try_channel,
        "Send a real message now and say what came back; once in 10 s.",
        answer=ChannelTestShape,
        refusals=(429,),
        has_long_id=True,
    ),
)

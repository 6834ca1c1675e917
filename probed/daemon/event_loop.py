"""The daemon's event loop: names are looked up beside it, and not by the few threads that everything else needs; it
knows how late it is."""

from __future__ import annotations

import asyncio
from typing import Any

from probed.daemon.loop_lag import LagSelector, LoopLag
from probed.host.names import Answers, Lookup, look_up


class EventLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.lag = LoopLag()
        super().__init__(LagSelector(self.lag))

    async def getaddrinfo(  # type: ignore[override] # the same keywords, with the types that the socket module knows
        self, host: Any, port: Any, *, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Answers:
        return await asyncio.wrap_future(look_up(Lookup(host, port, family, type, proto, flags)))


def lag_of_running_loop() -> LoopLag:
    """Of another loop than ours nothing is known."""
    loop = asyncio.get_running_loop()
    return loop.lag if isinstance(loop, EventLoop) else LoopLag()

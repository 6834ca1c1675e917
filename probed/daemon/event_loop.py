"""The daemon's event loop: names are looked up beside it, and not by the few threads that everything else needs."""

from __future__ import annotations

import asyncio
from typing import Any

from probed.host.names import Answers, Lookup, look_up


class EventLoop(asyncio.SelectorEventLoop):
    async def getaddrinfo(  # type: ignore[override] # the same keywords, with the types that the socket module knows
        self, host: Any, port: Any, *, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Answers:
        return await asyncio.wrap_future(look_up(Lookup(host, port, family, type, proto, flags)))

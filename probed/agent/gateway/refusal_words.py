"""What a server says where it gives no answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from probed.agent.gateway.upstream import Upstream
from probed.agent.words import one_line, without

if TYPE_CHECKING:
    import httpx

MOST = 65_536
"""Bytes of it that are read."""


async def words_of(upstream: Upstream, response: httpx.Response) -> str:
    """The message of an error of the Messages API, or what it says at all; one line. Some servers say which key it is
    that they do not know: it goes no further."""
    found = bytearray()
    async for chunk in response.aiter_raw():
        found += chunk
        if len(found) > MOST:
            break
    said = bytes(found[:MOST])
    return one_line(without(upstream.secrets, _message_in(said) or said.decode(errors="replace")))


def _message_in(said: bytes) -> str:
    try:
        return str(json.loads(said)["error"]["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""

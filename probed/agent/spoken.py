"""A model's turn over the Messages API, told as it is spoken."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

NO_MESSAGE = b""
"""What is no message is judged by whoever reads it."""


async def spoken(client: AsyncAnthropic, request: Mapping[str, Any], on_words: Callable[[str], None]) -> bytes:
    """The whole message as JSON; `NO_MESSAGE` where the stream was none, or broke off. Raises the library's errors."""
    import httpx2  # the library's own

    async with client.messages.stream(**request) as stream:
        try:
            async for words in stream.text_stream:
                on_words(words)
            message = await stream.get_final_message()
        except (httpx2.HTTPError, AssertionError, RuntimeError, TypeError, ValueError):
            return NO_MESSAGE
    return json.dumps(message.to_dict(mode="json")).encode()

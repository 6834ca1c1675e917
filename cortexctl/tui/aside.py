"""Blocking work beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

Answer = TypeVar("Answer")


async def aside(work: Callable[[], Answer]) -> Answer:
    """What `work` returns or raises, from a thread of its own.

    Not by an executor: its threads are waited for at the end, and a daemon that hangs must not keep a person who has
    pressed `q`.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Answer] = loop.create_future()

    def settle(how: Callable[[Any], None], what: object) -> None:
        if not answer.done():
            how(what)

    def run() -> None:
        how: Callable[[Any], None]
        what: object
        try:
            how, what = answer.set_result, work()
        except BaseException as error:  # noqa: BLE001 - raised again where the answer is awaited
            how, what = answer.set_exception, error
        with suppress(RuntimeError):  # the loop has ended: nobody waits
            loop.call_soon_threadsafe(settle, how, what)

    threading.Thread(target=run, daemon=True, name="cortexctl-aside").start()
    return await answer

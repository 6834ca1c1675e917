"""Containers: what the Docker engine says when one ends, starts, or turns healthy or unhealthy."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable

from probed.errors import CortexError
from probed.events.source import Listener
from probed.host import docker


async def follow(listener: Listener) -> None:
    """The library blocks, so it has a thread of its own, which ends with the stream."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    failure: list[Exception] = []

    def on_loop(work: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(work, *arguments)

    def tell(name: str) -> None:
        if listener.is_concerned(name):
            listener.tell(name)

    stream = docker.EventStream()

    def read() -> None:
        try:
            with stream.opened() as names:
                on_loop(listener.live)
                for name in names:
                    on_loop(tell, name)
        except CortexError as error:
            failure.append(error)
        finally:
            on_loop(ended.set)

    threading.Thread(target=read, name="events of docker", daemon=True).start()
    try:
        await ended.wait()
    finally:
        stream.close()
    if failure:
        raise failure[0]

"""Pressure stalls: the kernel says when tasks wait for longer than the checks allow."""

from __future__ import annotations

import asyncio
import errno
import os
import select
from pathlib import Path

from probed.errors import HostFailed, NotHere
from probed.events.source import Listener
from probed.host import proc

WINDOW_US = 2_000_000
"""Without privileges only multiples of two seconds are allowed."""
LEAST_LEVEL = 1.0
FULL = " full"
"""Ends the name of a stall in which nothing goes on, as in `memory full`; otherwise some task waits."""


async def follow(listener: Listener) -> None:
    triggers: dict[str, Trigger] = {}
    loop, lost = asyncio.get_running_loop(), asyncio.Event()

    def ready(resource: str) -> None:
        if triggers[resource].is_gone():
            lost.set()
        listener.tell(resource)

    try:
        for resource, level in levels(listener).items():
            triggers[resource] = Trigger(resource, level)
            loop.add_reader(triggers[resource].fileno(), ready, resource)
        listener.live()
        await lost.wait()
        raise HostFailed("the kernel has taken a trigger of pressure away")
    finally:
        for trigger in triggers.values():
            loop.remove_reader(trigger.fileno())
            trigger.close()


def levels(listener: Listener) -> dict[str, float]:
    """The lowest of each stall."""
    found: dict[str, float] = {}
    for concern in listener.concerns:
        for resource in concern.objects:
            found[resource] = min(max(concern.level, LEAST_LEVEL), found.get(resource, 100.0))
    return found


class Trigger:
    """Readable once for each stall. The event loop knows nothing of priority, which is how the kernel tells of one, so
    it waits for a poll of its own that does; that the loop asks there already takes the event."""

    def __init__(self, stall: str, level: float) -> None:
        """Raises NotHere, HostFailed."""
        kind = "full" if stall.endswith(FULL) else "some"
        self._file = _opened(proc.PRESSURE / stall.removesuffix(FULL), kind, level)
        self._poll = select.epoll()
        self._poll.register(self._file, select.EPOLLPRI)

    def fileno(self) -> int:
        return self._poll.fileno()

    def is_gone(self) -> bool:
        return any(mask & (select.EPOLLERR | select.EPOLLHUP) for _, mask in self._poll.poll(0))

    def close(self) -> None:
        self._poll.close()
        os.close(self._file)


def _opened(path: Path, kind: str, level: float) -> int:
    try:
        file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotHere("pressure stall information") from None
    except OSError as error:
        raise _refused(error) from error
    if os.fstat(file).st_size:  # a recording in its place: it is not to be written to
        os.close(file)
        raise NotHere("triggers of pressure", f"{path} is a file of somebody's")
    try:
        os.write(file, f"{kind} {int(WINDOW_US * level / 100)} {WINDOW_US}\0".encode())
    except OSError as error:
        os.close(file)
        raise _refused(error) from error
    return file


def _refused(error: OSError) -> Exception:
    """Without a remedy where only another kernel would be one: every host of its kind would be told for ever."""
    if error.errno == errno.EOPNOTSUPP:
        return NotHere("pressure stall information (it would have to boot with psi=1)")
    if error.errno in (errno.EPERM, errno.EACCES, errno.EINVAL, errno.EROFS):
        return NotHere(f"triggers of pressure without root, as kernels from 6.5 on have them ({error.strerror}),")
    return HostFailed(f"a trigger of pressure: {error.strerror}")

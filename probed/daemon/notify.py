"""What systemd is told: sd_notify(3) over the socket that it names."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import MutableMapping
from typing import Protocol

from loguru import logger

SEND_WITHIN_S = 0.5


class Notifier(Protocol):
    watchdog_s: float | None
    """How often at least `alive` must be called; None: nobody watches."""

    def ready(self, status: str) -> None: ...

    def status(self, text: str) -> None: ...

    def alive(self) -> None: ...

    def reloading(self) -> None:
        """To be followed by `ready`, whether the reload went well or not."""

    def stopping(self, status: str) -> None: ...


class SilentNotifier:
    """For a daemon that systemd did not start."""

    watchdog_s: float | None = None

    def ready(self, status: str) -> None:
        pass

    def status(self, text: str) -> None:
        pass

    def alive(self) -> None:
        pass

    def reloading(self) -> None:
        pass

    def stopping(self, status: str) -> None:
        pass


class SystemdNotifier:
    def __init__(self, address: str, watchdog_s: float | None = None) -> None:
        self.watchdog_s = watchdog_s
        # a leading @ stands for the zero byte of an abstract address
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def ready(self, status: str) -> None:
        self._send("READY=1", _status(status))

    def status(self, text: str) -> None:
        self._send(_status(text))

    def alive(self) -> None:
        self._send("WATCHDOG=1")

    def reloading(self) -> None:
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={microseconds}")

    def stopping(self, status: str) -> None:
        self._send("STOPPING=1", _status(status))

    def _send(self, *lines: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.settimeout(SEND_WITHIN_S)
            try:
                sender.sendto("\n".join(lines).encode(), self._address)
            except OSError as error:
                logger.warning("systemd was not told {}: {}", lines[0], error)


def notifier(environment: MutableMapping[str, str]) -> Notifier:
    """The notifier that the environment asks for; its variables are removed, so that no child speaks for the daemon."""
    address = environment.pop("NOTIFY_SOCKET", "")
    usec, pid = environment.pop("WATCHDOG_USEC", ""), environment.pop("WATCHDOG_PID", "")
    if not address.startswith(("/", "@")):
        return SilentNotifier()
    watched = usec.isdigit() and int(usec) > 0 and pid in ("", str(os.getpid()))
    return SystemdNotifier(address, int(usec) / 1e6 if watched else None)


async def feed_watchdog(to: Notifier) -> None:
    """A task of the event loop, so that a loop that no longer turns is restarted. Ends at once if nobody watches."""
    while to.watchdog_s is not None:
        to.alive()
        await asyncio.sleep(to.watchdog_s / 3)


def _status(text: str) -> str:
    return "STATUS=" + " ".join(text.split())

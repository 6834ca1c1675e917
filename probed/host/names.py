"""The addresses of a host's name, with a deadline: the C library has none, and waits half a minute for a resolver that
never answers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

MOST_LOOKUPS = 32
"""Under way at once; each takes a thread until the C library gives up."""

Answers = Sequence[tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]]


@dataclass(frozen=True, slots=True)
class Lookup:
    """What getaddrinfo(3) is asked."""

    host: str | bytes | None
    port: str | bytes | int | None
    family: int = 0
    type: int = 0
    proto: int = 0
    flags: int = 0

    def answers(self, more_flags: int = 0) -> Answers:
        """Blocking. Raises OSError."""
        flags = self.flags | more_flags
        try:
            return socket.getaddrinfo(self.host, self.port, self.family, self.type, self.proto, flags)
        except UnicodeError as error:
            raise socket.gaierror(socket.EAI_NONAME, f"{self.host!r} is no name that a host can have") from error


_lock = threading.Lock()
_under_way: dict[Lookup, Future[Answers]] = {}


def look_up(lookup: Lookup) -> Future[Answers]:
    """Whoever asks the same while it is under way gets the same answer. Its failure is an OSError."""
    with contextlib.suppress(OSError):
        return _known(lookup.answers(socket.AI_NUMERICHOST))
    with _lock:
        if lookup in _under_way:
            return _under_way[lookup]
        if len(_under_way) >= MOST_LOOKUPS:
            raise socket.gaierror(socket.EAI_AGAIN, f"{len(_under_way)} other names wait for the resolver already")
        future = _under_way[lookup] = Future()
    future.set_running_or_notify_cancel()  # one of many who wait cannot cancel it
    try:
        threading.Thread(target=_ask, args=(lookup, future), name="name", daemon=True).start()
    except RuntimeError as error:  # no thread is to be had
        _end(lookup)
        future.set_exception(socket.gaierror(socket.EAI_AGAIN, str(error)))
    return future


def connect(
    host: str, port: int, deadline_s: float, is_allowed: Callable[[str], bool] = lambda address: True
) -> socket.socket:
    """To the first address that takes it, of those that are allowed: the others hear nothing, whatever the name led to
    a moment ago. The deadline holds for the whole. Raises OSError."""
    end = time.monotonic() + deadline_s
    fault = OSError("the name has no address")
    for family, kind, proto, _, address in _addresses(host, port, deadline_s):
        if not is_allowed(address[0]):
            fault = OSError("its address may not be asked")
            continue
        try:
            tried = socket.socket(family, kind, proto)  # not where the kernel does without IPv6
        except OSError as error:
            fault = error
            continue
        try:
            tried.settimeout(max(end - time.monotonic(), 0.001))
            tried.connect(address)
        except OSError as error:
            tried.close()
            fault = error
        else:
            tried.settimeout(deadline_s)
            return tried
    raise fault


def _addresses(host: str, port: int, deadline_s: float) -> Answers:
    try:
        return look_up(Lookup(host, port, type=socket.SOCK_STREAM)).result(deadline_s)
    except TimeoutError:
        reason = f"no resolver said within {deadline_s:g} s which address it has"
        raise socket.gaierror(socket.EAI_AGAIN, reason) from None


def _known(answers: Answers) -> Future[Answers]:
    future: Future[Answers] = Future()
    future.set_result(answers)
    return future


def _ask(lookup: Lookup, future: Future[Answers]) -> None:
    try:
        answers = lookup.answers()
    except Exception as error:  # noqa: BLE001 - handed to whoever waits
        _end(lookup)
        future.set_exception(error)
    else:
        _end(lookup)
        future.set_result(answers)


def _end(lookup: Lookup) -> None:
    with _lock:
        del _under_way[lookup]

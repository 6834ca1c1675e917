"""A Redis server, or one that speaks its protocol, as a client sees it. The library is loaded only where a document
names the check."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probed.errors import HostFailed, Refused
from probed.host import names

if TYPE_CHECKING:
    from redis import Redis


@dataclass(frozen=True, slots=True)
class Place:
    host: str
    """A name, an address, or the path of a socket."""
    port: int
    username: str = ""
    tls: bool = False


def ping_seconds(place: Place, password: str, *, deadline_s: float) -> float:
    """How long it took to connect and to be answered. Raises Refused where the server lets nobody in, HostFailed."""
    began = time.monotonic()
    with connected(place, password, deadline_s=deadline_s) as client:
        client.ping()
    return time.monotonic() - began


@contextlib.contextmanager
def connected(place: Place, password: str, *, deadline_s: float) -> Iterator[Redis]:
    """`deadline_s` holds for connecting and for each answer. Raises Refused where the server lets nobody in,
    HostFailed; also for what is asked within."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
    from redis.retry import Retry

    is_socket = place.host.startswith("/")
    try:
        with contextlib.closing(
            Redis(
                host="localhost" if is_socket else _reached_at(place, deadline_s),
                port=place.port,
                unix_socket_path=place.host if is_socket else None,
                username=place.username or None,
                password=password or None,
                ssl=place.tls,
                socket_timeout=deadline_s,
                socket_connect_timeout=deadline_s,
                retry=Retry(NoBackoff(), 0),
            )
        ) as client:
            yield client
    except (AuthenticationError, NoPermissionError) as error:
        raise Refused(str(error)) from error
    except (RedisError, OSError) as error:
        raise HostFailed(" ".join(str(error).split()) or type(error).__name__) from error


def _reached_at(place: Place, deadline_s: float) -> str:
    """The address, since the library would wait for it as long as the C library does; with TLS the name itself, by then
    known to whoever remembers names."""
    try:
        found = names.look_up(names.Lookup(place.host, place.port, type=socket.SOCK_STREAM)).result(deadline_s)
    except TimeoutError as error:
        raise HostFailed(f"no resolver said within {deadline_s:g} s which address {place.host} has") from error
    return place.host if place.tls else str(found[0][4][0])

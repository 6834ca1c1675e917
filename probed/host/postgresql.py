"""A PostgreSQL server, as a client of it sees it. The library is loaded only where a document names the check."""

from __future__ import annotations

import contextlib
import math
import os
import re
import select
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from probed.errors import HostFailed, NoneLeft, NotHere, Refused
from probed.host import names

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.pq.abc import PGconn


NOT_LET_IN = ("authentication failed", "no password supplied", "no pg_hba.conf entry", "to log in")
"""What the library says of it: before the session begins it hands on no SQLSTATE."""
NO_ROLE = re.compile(r'role "[^"]*" does not exist')
NONE_LEFT = ("connection slots are reserved", "too many clients already", "too many connections for")


@dataclass(frozen=True, slots=True)
class Place:
    host: str
    """A name, an address, or the folder of a socket."""
    port: int
    user: str
    dbname: str
    sslmode: str = "prefer"


@dataclass(frozen=True, slots=True)
class Answer:
    version: str
    is_standby: bool
    seconds: float
    """For connecting and asking."""


def ask(place: Place, password: str, *, deadline_s: float) -> Answer:
    """Raises Refused where the server answers but lets nobody in, HostFailed."""
    began = time.monotonic()
    with connected(place, password, deadline_s=deadline_s) as connection:
        row = connection.execute("SELECT current_setting('server_version'), pg_is_in_recovery()").fetchone()
    if row is None:
        raise HostFailed("the server answered nothing")
    return Answer(str(row[0]), bool(row[1]), time.monotonic() - began)


@contextlib.contextmanager
def connected(place: Place, password: str, *, deadline_s: float) -> Iterator[Connection]:
    """A session that only reads, each statement of which commits. What takes longer than the deadline is cut off.

    Raises NotHere where nobody has made the role yet, Refused where the server answers but lets nobody in, NoneLeft,
    HostFailed; also for what is asked within.
    """
    import psycopg
    from psycopg.conninfo import make_conninfo

    end = time.monotonic() + deadline_s
    try:
        conninfo = make_conninfo(
            host=place.host,
            hostaddr=_address(place, deadline_s),
            port=place.port,
            user=place.user,
            dbname=place.dbname,
            password=password or None,
            sslmode=place.sslmode,
            application_name="cortex",
            options=f"-c default_transaction_read_only=on -c statement_timeout={math.ceil(deadline_s * 1000)}",
        )
        with (
            contextlib.closing(psycopg.Connection(_begun(conninfo, end))) as connection,
            _cut_off(connection.fileno(), end - time.monotonic()),
        ):
            connection.autocommit = True
            yield connection
    except (psycopg.Error, OSError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        if NO_ROLE.search(reason):
            raise _without_role(place) from error
        if any(phrase in reason for phrase in NOT_LET_IN):
            raise Refused(reason) from error
        if any(phrase in reason for phrase in NONE_LEFT):
            raise NoneLeft(reason) from error
        raise HostFailed(f"no answer within {deadline_s:g} s" if time.monotonic() >= end else reason) from error


def _without_role(place: Place) -> NotHere:
    """That of monitoring is enough, and without it a session of its own is all that it could see."""
    grants = f"-c 'CREATE ROLE {place.user} LOGIN' -c 'GRANT pg_monitor TO {place.user}'"
    return NotHere(
        f"the role {place.user} of the PostgreSQL server at {place.host}:{place.port}",
        f"make it, as the server's superuser: sudo -u postgres psql -h {place.host} -p {place.port} {grants}",
    )


def _begun(conninfo: str, end: float) -> PGconn:
    """The library's own way knows whole seconds only, two at least, and leaves what it gives up on open."""
    from psycopg import OperationalError
    from psycopg.pq import ConnStatus, PGconn, PollingStatus

    ended = (PollingStatus.OK, PollingStatus.FAILED)
    begun = PGconn.connect_start(conninfo.encode())
    try:
        if begun.status != ConnStatus.BAD:
            begun.nonblocking = 1
        while begun.status != ConnStatus.BAD and (state := begun.connect_poll()) not in ended:
            _await(begun.socket, end, for_reading=state == PollingStatus.READING)
    except OSError:
        begun.finish()
        raise
    if begun.status == ConnStatus.OK:
        return begun
    reason = begun.get_error_message()
    begun.finish()
    raise OperationalError(reason)


def _await(descriptor: int, end: float, *, for_reading: bool) -> None:
    """Raises TimeoutError."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN if for_reading else select.POLLOUT)
    if not waiting.poll(max(0.0, end - time.monotonic()) * 1000):
        raise TimeoutError


def _address(place: Place, deadline_s: float) -> str | None:
    """The library would wait for a name's address as long as the C library does."""
    if place.host.startswith("/"):
        return None
    try:
        found = names.look_up(names.Lookup(place.host, place.port, type=socket.SOCK_STREAM)).result(deadline_s)
    except TimeoutError as error:
        raise HostFailed(f"no resolver said within {deadline_s:g} s which address {place.host} has") from error
    return str(found[0][4][0])


@contextlib.contextmanager
def _cut_off(descriptor: int, after_s: float) -> Iterator[None]:
    """The library waits for an answer as long as it takes, and the server's own time-out is not kept by one that
    hangs."""
    own = socket.socket(fileno=os.dup(descriptor))
    timer = threading.Timer(max(after_s, 0.001), _shut, [own])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        own.close()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)

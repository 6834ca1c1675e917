"""Database servers of this host, each with the checks of the document that stands ready for its kind."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from probed.discovery import ports, ready
from probed.discovery.proposal import Found, Kind, Noted
from probed.errors import HostFailed, NotHere, Refused
from probed.host import postgresql, redis, sockets
from probed.host.redis import Place
from probed.host.sockets import Listener

POSTGRESQL = Kind("found-postgresql", "PostgreSQL servers of this host", "every 5m", ready.body_of("postgresql"))
REDIS = Kind("found-redis", "Redis servers of this host", "every 5m", ready.body_of("redis"))
MYSQL = "MySQL"

SOCKETS = Path("/proc/net/unix")
SOCKET = re.compile(r" (/\S+)/\.s\.PGSQL\.(\d+)$", re.MULTILINE)
OPTIONAL = "postgresql_statements"
"""It wants an extension that few servers have."""
REDIS_PROGRAMS = frozenset({"redis-server", "valkey-server", "keydb-server"})
MYSQL_PROGRAMS = frozenset({"mysqld", "mariadbd"})
REDIS_PASSWORD = "/etc/cortex/redis-password"  # noqa: S105 (where it is, not what)
POSTGRESQL_PASSWORD = "/etc/cortex/postgresql-password"  # noqa: S105
USER = "cortex"
RIGHTS = r"+ping +info +config\|get +slowlog\|get +scan +type +memory\|usage +select"
REDIS_TO_DO = (
    "let {user} into Redis at {place}: redis-cli ACL SETUSER {user} on '>PASSWORD' '~*' {rights}, and then ACL SAVE or "
    "CONFIG REWRITE; write PASSWORD into {file} (chown {user}, chmod 600)"
)
POSTGRESQL_TO_DO = (
    "let {user} into PostgreSQL at {host}:{port}: psql -h {host} -p {port} -U postgres "
    "-c \"CREATE ROLE {user} LOGIN PASSWORD 'PASSWORD'\" -c 'GRANT pg_monitor TO {user}', "
    "and write PASSWORD into {file} (chown {user}, chmod 600)"
)
WITHIN_S = 2.0


def find_postgresql(table: Path = SOCKETS) -> Iterator[Found]:
    """Raises HostFailed."""
    sockets_here = (match for match in SOCKET.finditer(_text(table)) if Path(match[0].strip()).exists())
    servers = list(dict.fromkeys((os.path.realpath(match[1]), int(match[2])) for match in sockets_here))
    listening = sockets.listening()
    known = {port for _, port in servers}
    units = {each.port: ports.service_of(each) for each in listening if each.process == "postgres"}
    for each in listening:
        if each.process == "postgres" and each.protocol == "tcp" and each.port not in known:
            known.add(each.port)
            servers.append((_reached_at(each), each.port))
    for number, (folder, port) in enumerate(servers):
        if port in {other for _, other in servers[:number]}:
            continue  # the same server, in another folder
        yield from _postgresql(folder, port, units.get(port, ""))


def _postgresql(host: str, port: int, unit: str) -> Iterator[Found]:
    place: dict[str, object] = {"host": host, "port": port}
    to_do = ""
    if _wants_password(host, port):
        place |= {"password_file": POSTGRESQL_PASSWORD}
        to_do = POSTGRESQL_TO_DO.format(user=USER, host=host, port=port, file=POSTGRESQL_PASSWORD)
    for check, params in ready.checks_of("postgresql").items():
        found = Found(POSTGRESQL.id, check, f"{host}:{port}", {**params, **place}, "", to_do=to_do, unit=unit)
        yield replace(found, is_optional=check == OPTIONAL, settled=("password_file",))


def _wants_password(host: str, port: int) -> bool:
    """On its socket a server knows who is asking; over TCP it mostly wants to be told."""
    if host.startswith("/"):
        return False
    try:
        postgresql.ask(postgresql.Place(host, port, USER, "postgres"), "", deadline_s=WITHIN_S)
    except Refused:
        return True
    except (HostFailed, NotHere):
        return False
    return False


def find_redis() -> Iterator[Found]:
    """Raises HostFailed."""
    seen = [each for each in sockets.listening() if each.process in REDIS_PROGRAMS and each.protocol == "tcp"]
    for port in sorted({each.port for each in seen}):
        listener = min((each for each in seen if each.port == port), key=_is_odd)
        with contextlib.suppress(HostFailed, NotHere):  # another port of it, as the one of a cluster
            yield from _redis(_reached_at(listener), port, ports.service_of(listener))


def _redis(host: str, port: int, unit: str) -> Iterator[Found]:
    """Raises HostFailed and NotHere."""
    place: dict[str, object] = {"host": host, "port": port}
    to_do = ""
    try:
        redis.ping_seconds(Place(host, port), "", deadline_s=WITHIN_S)
    except Refused:
        place |= {"username": USER, "password_file": REDIS_PASSWORD}
        to_do = REDIS_TO_DO.format(user=USER, place=f"{host}:{port}", rights=RIGHTS, file=REDIS_PASSWORD)
    for check, params in ready.checks_of("redis").items():
        found = Found(REDIS.id, check, f"{host}:{port}", {**params, **place}, "", to_do=to_do, unit=unit)
        yield replace(found, settled=("username", "password_file"))


def note_mysql() -> Iterator[Noted]:
    """There is no check for it beside those of its unit and its port. Raises HostFailed."""
    for each in sockets.listening():
        if each.process in MYSQL_PROGRAMS:
            yield Noted(MYSQL, f"{each.process} on {each.protocol}/{each.port}", "found-ports, found-services")


def _is_odd(listener: Listener) -> tuple[bool, str]:
    """Last what is not reached by 127.0.0.1."""
    return _reached_at(listener) != "127.0.0.1", listener.address


def _reached_at(listener: Listener) -> str:
    address = ip_address(listener.address.partition("%")[0])
    return "127.0.0.1" if address.is_unspecified else str(address)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error

"""Whether a Redis server, or one that speaks its protocol (Valkey, KeyDB), answers.

Parameters: `host` (127.0.0.1; a name, an address, or the path of its socket), `port` (6379), `username` (none),
`password_file` (none; a file that nobody else can read, or `secret_command`), `tls` (false), `timeout` (5s), `warning`
and `critical` (none; an answer that takes this long), `clear`, `for` (0s).

A finding is critical: the server refuses connections, has no more of them to give, still loads its data, or does not
answer a `PING`; a slow answer is what `warning` and `critical` make of it, and mostly means that one long command holds
up all others. A client that is not let in is no answer, since the server works. No action fits by itself;
`systemd_unit` on the server's unit proposes its restart.

Example:
  - redis: {host: 127.0.0.1, port: 6379, warning: 500ms}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.checks.database import DatabaseBounds, answered, password_of, unanswered
from probed.core.observation import CheckAnswer
from probed.errors import CheckFailed, HostFailed, Refused
from probed.host import redis
from probed.host.redis import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(DatabaseBounds):
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 6379
    username: str = ""
    tls: bool = False


def look(params: Params) -> CheckAnswer:
    name = params.host if params.host.startswith("/") else f"{params.host}:{params.port}"
    place = Place(params.host, params.port, params.username, params.tls)
    try:
        seconds = redis.ping_seconds(place, password_of(params.password_file), deadline_s=params.timeout_s)
    except Refused as error:
        raise CheckFailed(f"{name} does not let this client in: {error}") from error
    except HostFailed as error:
        return unanswered(name, str(error), params)
    return answered(name, seconds, {}, params)

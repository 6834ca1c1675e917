"""Whether a PostgreSQL server lets a client in and answers it.

Parameters: `host` (/run/postgresql; a name, an address, or the folder of its socket), `port` (5432), `user` (cortex),
`dbname` (postgres), `password_file` (none; a file that nobody else can read, or `secret_command`), `sslmode` (prefer),
`timeout` (5s), `warning` and `critical` (none; an answer that takes this long), `clear`, `for` (0s).

A finding is critical: the server refuses connections, has no more of them to give, or does not answer a question that
touches no table; a slow answer is what `warning` and `critical` make of it. A user who is not let in is no answer,
since the server works, and one whom nobody has made yet is said with the command that makes it. No action fits by
itself; `systemd_unit` on the server's unit proposes its restart.

Example:
  - postgresql: {host: /run/postgresql, user: cortex, dbname: postgres, warning: 1s}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from probed.checks.database import DatabaseBounds, answered, password_of, unanswered
from probed.core.observation import CheckAnswer
from probed.errors import CheckFailed, HostFailed, Refused
from probed.host import postgresql
from probed.host.postgresql import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(DatabaseBounds):
    host: Annotated[str, Field(min_length=1)] = "/run/postgresql"
    port: Annotated[int, Field(ge=1, le=65535)] = 5432
    user: Annotated[str, Field(min_length=1)] = "cortex"
    dbname: Annotated[str, Field(min_length=1)] = "postgres"
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] = "prefer"


def look(params: Params) -> CheckAnswer:
    name = f"{params.dbname} at {params.host}:{params.port}"
    place = Place(params.host, params.port, params.user, params.dbname, params.sslmode)
    try:
        answer = postgresql.ask(place, password_of(params.password_file), deadline_s=params.timeout_s)
    except Refused as error:
        raise CheckFailed(f"{name} does not let {params.user} in: {error}") from error
    except HostFailed as error:
        return unanswered(name, str(error), params)
    return answered(name, answer.seconds, {"version": answer.version, "standby": answer.is_standby}, params)

"""Where the checks that read a database server's own statistics find it, and whom they ask as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from probed.checks.database import password_of
from probed.checks.parameters import Timeout
from probed.config.secret import Secret
from probed.errors import CheckFailed, Refused
from probed.host import postgresql, redis

Port = Annotated[int, Field(ge=1, le=65535)]
Name = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, kw_only=True)  # no slots: it stands beside bounds, which have them
class PostgresServer:
    host: Name = "/run/postgresql"
    port: Port = 5432
    user: Name = "cortex"
    dbname: Name = "postgres"
    password_file: Secret | None = None
    sslmode: Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    timeout_s: Timeout = 10.0

    @property
    def place(self) -> postgresql.Place:
        return postgresql.Place(self.host, self.port, self.user, self.dbname, self.sslmode)

    @property
    def where(self) -> str:
        return f"{self.host}:{self.port}"

    def password(self) -> str:
        """Raises CheckFailed."""
        return password_of(self.password_file)


@dataclass(frozen=True, kw_only=True)
class RedisServer:
    host: Name = "127.0.0.1"
    port: Port = 6379
    username: str = ""
    password_file: Secret | None = None
    tls: bool = False
    timeout_s: Timeout = 10.0

    @property
    def place(self) -> redis.Place:
        return redis.Place(self.host, self.port, self.username, self.tls)

    @property
    def where(self) -> str:
        return self.host if self.host.startswith("/") else f"{self.host}:{self.port}"

    def password(self) -> str:
        """Raises CheckFailed."""
        return password_of(self.password_file)


def not_let_in(error: Refused) -> CheckFailed:
    """The server works, so that is no finding."""
    return CheckFailed(f"the server does not let this client in: {error}")

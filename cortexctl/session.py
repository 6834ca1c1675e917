"""What the global options decided, for the command that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cortexctl.output import Output
from cortexctl.socket_path import find_socket

if TYPE_CHECKING:
    import typer

    from cortexctl.daemon import Daemon


class Session:
    def __init__(self, socket: str | None, *, no_color: bool) -> None:
        self.given_socket = socket
        self.output = Output(no_color=no_color)

    @property
    def socket(self) -> str:
        return find_socket(self.given_socket)

    @property
    def daemon(self) -> Daemon:
        from cortexctl.client import Client
        from cortexctl.daemon import Daemon

        return Daemon(Client(self.socket))


def session_of(ctx: typer.Context) -> Session:
    return cast("Session", ctx.obj)

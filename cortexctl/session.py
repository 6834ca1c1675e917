"""What the global options decided, for the command that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cortexctl import times
from cortexctl.output import Output
from cortexctl.socket_path import find_socket

if TYPE_CHECKING:
    import typer

    from cortexctl.daemon import Daemon


class Session:
    def __init__(self, socket: str | None, *, no_color: bool = False, quiet: bool = False, utc: bool = False) -> None:
        self.given_socket = socket
        self.output = Output(no_color=no_color, quiet=quiet)
        times.say_moments(utc)

    def say_moments(self) -> None:
        times.say_moments(True)

    @property
    def socket(self) -> str:
        return find_socket(self.given_socket)

    @property
    def daemon(self) -> Daemon:
        from cortexctl.client import TIMEOUT_S

        return self.daemon_within(TIMEOUT_S)

    def daemon_within(self, timeout_s: float) -> Daemon:
        """The daemon, as long as it answers a question within `timeout_s`."""
        from cortexctl.client import Client
        from cortexctl.daemon import Daemon

        return Daemon(Client(self.socket, timeout_s))


def session_of(ctx: typer.Context) -> Session:
    return cast("Session", ctx.obj)

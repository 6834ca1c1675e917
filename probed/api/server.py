"""The API's server: listens, serves, and drains when it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import cast

import h11
from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import ServerState

from probed.api.answers import adapter_of, strict_adapter_of
from probed.api.app import build_app, build_token_app
from probed.api.context import ApiContext
from probed.api.desk import Desk
from probed.api.listener import bind, identity
from probed.api.peer import Access, Role, group_id
from probed.api.protocol import Guests, PeerProtocol
from probed.api.tcp_address import TcpAddress
from probed.api.token import STRANGER
from probed.errors import ConfigError
from probed.wire.report import ReportShape, SubmittedReport

log = logging.getLogger("cortex.api")

BACKLOG = 512
KEEP_ALIVE_S = 5
MOST_HEAD_BYTES = 32 * 1024
STOP_DEADLINE_S = 10.0
CUT_OFF_DEADLINE_S = 1.0


class ApiServer:
    """uvicorn's protocol without its `Server`, which would take the process's signals and wake up ten times a
    second."""

    def __init__(
        self,
        context: ApiContext,
        *,
        socket_path: Path,
        group: str,
        admin_group: str,
        members: Role = Role.OPERATOR,
        max_body_bytes: int = 1_048_576,
        tcp: TcpAddress | None = None,
    ) -> None:
        self._tcp = tcp
        self._tcp_server: asyncio.Server | None = None
        self._path = socket_path
        self.access = Access(group_id(group), group_id(admin_group), members)
        self._desk = Desk(context, max_body_bytes)
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._identity: tuple[int, int] | None = None

    async def start(self) -> None:
        """Raises ConfigError or AlreadyRunning."""
        for shape in (SubmittedReport, ReportShape):  # the first submission is to be as fast as the others
            strict_adapter_of(shape)
            adapter_of(shape)
        config = self._config(build_app(self._desk, self.access))
        guests = Guests(self.access)
        listener = bind(self._path, self.access.group_gid)
        self._identity = identity(self._path)
        self._desk.open()
        self._server = await asyncio.get_running_loop().create_unix_server(
            lambda: PeerProtocol(config, self._state, guests), sock=listener, backlog=BACKLOG
        )
        if self._tcp:
            try:
                self._tcp_server = await self._listen_on_tcp(self._tcp, guests)
            except ConfigError:
                await self.stop()
                raise

    async def _listen_on_tcp(self, address: TcpAddress, guests: Guests) -> asyncio.Server:
        config = self._config(build_token_app(self._desk, address.token))
        try:
            return await asyncio.get_running_loop().create_server(
                lambda: PeerProtocol(config, self._state, guests, STRANGER), address.host, address.port, backlog=BACKLOG
            )
        except OSError as error:
            where = f"{address.host}:{address.port}"
            raise ConfigError("api.tcp.listen", 0, f"cannot listen at {where}: {error.strerror}") from error

    async def stop(self, deadline_s: float = STOP_DEADLINE_S) -> None:
        """Take no new request, let those under way end, cut off what has not ended at the deadline."""
        if self._server is None:
            return
        self._server.close()
        if self._tcp_server:
            self._tcp_server.close()
        if identity(self._path) == self._identity:
            self._path.unlink(missing_ok=True)
        self._desk.close()
        for connection in self._connections():
            with contextlib.suppress(h11.LocalProtocolError):  # it is being closed already
                connection.shutdown()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                await self._all_ended()
        await self._cut_off()
        await self._server.wait_closed()
        self._server = None

    def _connections(self) -> list[PeerProtocol]:
        return cast(list[PeerProtocol], list(self._state.connections))

    def _config(self, app: ASGIApp) -> Config:
        config = Config(
            app,
            http=PeerProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        )
        config.load()
        return config

    async def _all_ended(self) -> None:
        while self._state.tasks:
            await asyncio.wait(self._state.tasks)
        while connections := self._connections():
            await asyncio.wait([connection.closed for connection in connections])

    async def _cut_off(self) -> None:
        tasks, connections = set(self._state.tasks), self._connections()
        if tasks:
            log.warning("%d requests had not ended when the API stopped", len(tasks))
        for task in tasks:
            task.cancel()
        for connection in connections:
            connection.transport.abort()
        if ending := [*tasks, *(connection.closed for connection in connections)]:
            await asyncio.wait(ending, timeout=CUT_OFF_DEADLINE_S)

"""Alertmanager's API over TCP, with the real server and, where it is installed, the real amtool."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from probed.api.protocol import MOST_EACH
from probed.api.server import ApiServer
from probed.api.tcp_address import TcpAddress
from probed.errors import ConfigError
from tests.api.fakes import World
from tests.factories import NOW, make_alert, make_silence
from tests.real.packages import program

TOKEN = "a-token-of-the-test"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def listening(folder: Path, world: World, port: int) -> AsyncIterator[None]:
    server = ApiServer(
        world.context(),
        socket_path=folder / "probed.sock",
        group="",
        admin_group="",
        tcp=TcpAddress("127.0.0.1", port, TOKEN),
    )
    await server.start()
    try:
        yield
    finally:
        await server.stop()


async def status_of(port: int, path: str, token: str | None = TOKEN) -> int:
    def ask() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        try:
            return connection.getresponse().status
        finally:
            connection.close()

    return await asyncio.to_thread(ask)


async def test_only_the_token_opens_it_and_only_what_prometheus_needs(tmp_path: Path) -> None:
    port = free_port()
    async with listening(tmp_path, World(), port):
        assert await status_of(port, "/api/v2/alerts") == 200
        assert await status_of(port, "/api/v2/alerts", None) == 401
        assert await status_of(port, "/api/v2/alerts", TOKEN[:-1]) == 401
        assert await status_of(port, "/api/v1/alerts") == 404
        assert await status_of(port, "/metrics") == 200
        assert await status_of(port, "/metrics", None) == 401


async def test_who_connects_and_says_nothing_keeps_nobody_else_out(tmp_path: Path) -> None:
    port = free_port()
    async with listening(tmp_path, World(), port):
        with contextlib.ExitStack() as silent:
            for _ in range(MOST_EACH + 8):
                silent.enter_context(socket.create_connection(("127.0.0.1", port)))
                await asyncio.sleep(0.001)

            assert await status_of(port, "/api/v2/alerts") == 200


async def test_a_port_that_is_taken_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError, match=r"api\.tcp\.listen"):
            async with listening(tmp_path, World(), taken.getsockname()[1]):
                pass


async def test_amtool_lists_alerts_and_makes_and_expires_silences(tmp_path: Path) -> None:
    amtool = program("amtool", "prometheus-alertmanager")
    http_config = tmp_path / "http.yml"
    http_config.write_text(f"authorization: {{credentials: {TOKEN}}}")
    port, world = free_port(), World()
    world.queries.all_alerts = [make_alert(case_id="", labels={"alertname": "Down", "team": "db"}, ends_at=NOW)]
    world.queries.all_silences = [make_silence(id="s7")]

    async def run(*words: str) -> str:
        command = [amtool, f"--alertmanager.url=http://127.0.0.1:{port}", f"--http.config.file={http_config}", *words]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=30, check=True)
        return done.stdout

    async with listening(tmp_path, world, port):
        shown = json.loads(await run("-o", "json", "alert", "query", "-s"))
        assert [alert["labels"]["alertname"] for alert in shown] == ["Down"]
        await run("alert", "add", "alertname=Full", "team=db", "--annotation=summary=full")
        assert (await run("silence", "add", "team=db", "-c", "repairs", "-d", "1h")).strip() == "s1"
        await run("silence", "expire", "s7")
        assert (await run("config", "routes", "test", "team=db")).strip() == "default"

    assert [draft.labels["alertname"] for draft in world.operator.alert_drafts] == ["Full"]
    assert [call[0] for call in world.operator.calls] == ["take_alerts", "silence", "expire_silence"]

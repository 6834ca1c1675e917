"""The real server on a real socket, asked by real clients."""

from __future__ import annotations

import asyncio
import contextlib
import grp
import json
import os
import shutil
import signal
import socket
import stat
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cortexctl.client import Client
from probed.api import protocol
from probed.api.server import ApiServer
from probed.ports import Actor
from tests.api.fakes import World
from tests.api.test_submission import REPORT
from tests.conftest import require
from tests.factories import make_report

GROUP, ADMIN_GROUP = "games", "staff"
"""Groups that every Debian has, in the place of `cortex` and `cortex-admin`."""
STREAM = b"GET /api/v1/events HTTP/1.1\r\nhost: x\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Every user may enter it."""
    path = Path(tempfile.mkdtemp(prefix="api-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@asynccontextmanager
async def serving(folder: Path, world: World | None = None, **changes: Any) -> AsyncIterator[Path]:
    path = folder / "probed.sock"
    context = (world or World()).context(**changes)
    server = ApiServer(context, socket_path=path, group=GROUP, admin_group=ADMIN_GROUP, max_body_bytes=100_000)
    await server.start()
    try:
        yield path
    finally:
        await server.stop(60)


async def spoken(path: Path, request: bytes) -> bytes:
    """All that comes back until the server closes."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(request)
    answer = b""
    async with asyncio.timeout(60):
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(65536):
                answer += piece
    writer.close()
    return answer


async def curl(path: Path, target: str, *arguments: str, user: tuple[str, ...] = ()) -> tuple[int, Any]:
    """Status and decoded answer; status 0 where no connection came about."""
    program = ["curl", "-s", "-w", "\n%{http_code}", "--unix-socket", str(path), f"http://localhost{target}"]
    command = [*user, *program, *arguments]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=120)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body) if body else None


def as_user(uid: int, *groups: str) -> tuple[str, ...]:
    require("setpriv", present=shutil.which("setpriv") is not None and os.geteuid() == 0)
    listed = [f"--groups={','.join(groups)}"] if groups else ["--clear-groups"]
    return "setpriv", f"--reuid={uid}", "--regid=54321", *listed


async def test_curl_can_talk_to_it(folder: Path) -> None:
    require("curl", present=shutil.which("curl") is not None)
    async with serving(folder) as path:
        assert await curl(path, "/healthz") == (200, {"alive": True})
        status, report = await curl(path, "/api/v1/reports", "--json", json.dumps(REPORT))
        assert (status, report["source"]) == (201, "backup")
        status, answer = await curl(path, "/api/v1/reports", "-d", "x=1")
        assert (status, answer["error"]["code"]) == (415, "invalid")


async def test_the_socket_is_for_owner_and_group_and_goes_with_the_server(folder: Path) -> None:
    async with serving(folder) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        assert path.group() == GROUP
    assert not path.exists()


async def test_a_socket_that_took_the_place_of_ours_is_left(folder: Path) -> None:
    async with serving(folder) as path:
        path.unlink()
        path.write_text("not ours")
    assert path.read_text() == "not ours"


async def test_a_stranger_cannot_even_connect(folder: Path) -> None:
    async with serving(folder) as path:
        assert await curl(path, "/healthz", user=as_user(54321)) == (0, None)


async def test_a_stranger_who_connects_all_the_same_is_refused(folder: Path) -> None:
    async with serving(folder) as path:
        path.chmod(0o666)
        status, answer = await curl(path, "/api/v1/status", user=as_user(54321, "users"))
        assert (status, answer["error"]["code"]) == (403, "forbidden")


async def test_who_asks_is_known_by_the_kernel(folder: Path) -> None:
    world = World()
    async with serving(folder, world) as path:
        operator, admin = as_user(54321, "users", GROUP), as_user(54322, GROUP, ADMIN_GROUP)
        assert (await curl(path, "/api/v1/decisions/d/reject", "-X", "POST", user=operator))[0] == 200
        assert (await curl(path, "/api/v1/decisions/d/approve", "-X", "POST", user=operator))[0] == 403
        assert (await curl(path, "/api/v1/decisions/d/approve", "-X", "POST", user=admin))[0] == 200
        assert (await curl(path, "/api/v1/decisions/d/approve", "-X", "POST"))[0] == 200
    actors = [call[2] for call in world.operator.calls]
    assert all(isinstance(actor, Actor) and actor.pid > 0 for actor in actors)
    assert [getattr(actor, "name", "") for actor in actors] == ["uid:54321", "uid:54322", "uid:0 root"]


async def test_cortexctl_and_the_server_understand_each_other(folder: Path) -> None:
    world = World()
    world.stream.store(note="stored")
    async with serving(folder, world) as path:
        client = Client(str(path), 60)
        assert (await asyncio.to_thread(client.get, "/api/v1/status"))["host"] == "host-a"
        assert (await asyncio.to_thread(client.post, "/api/v1/reports", REPORT))["verdict"] == "warning"
        with contextlib.closing(await asyncio.to_thread(client.events, 0)) as stream:
            events = iter(stream)
            first = await asyncio.wait_for(asyncio.to_thread(next, events), 60)
            world.stream.publish(note="live")
            second = await asyncio.wait_for(asyncio.to_thread(next, events), 60)
    assert [(event.id, event.data) for event in (first, second)] == [(1, {"note": "stored"}), (2, {"note": "live"})]


async def test_one_connection_can_ask_many_times(folder: Path) -> None:
    async with serving(folder) as path:
        request = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
        assert (await spoken(path, request * 2 + LAST)).count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize(
    "request_", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /" + b"x" * 100_000, b"\x16\x03\x01\x00\r\n\r\n"]
)
async def test_what_is_no_http_is_refused_in_json(folder: Path, request_: bytes) -> None:
    async with serving(folder) as path:
        answer = await spoken(path, request_)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert json.loads(body)["error"]["code"] == "invalid"


async def test_a_body_that_is_announced_too_large_is_not_read(folder: Path) -> None:
    async with serving(folder) as path:
        head = b"POST /api/v1/reports HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n"
        answer = await spoken(path, head + b"content-length: 99999999999\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 413")
        chunked = await spoken(
            path,
            head
            + b"transfer-encoding: chunked\r\n\r\n"
            + b"ffff\r\n"
            + b"x" * 0xFFFF
            + b"\r\n"
            + b"ffff\r\n"
            + b"x" * 0xFFFF,
        )
        assert chunked.startswith(b"HTTP/1.1 413")


async def test_a_client_that_sends_its_large_body_first_gets_the_answer_too(folder: Path) -> None:
    async with serving(folder) as path:
        status, answer = await curl(path, "/api/v1/reports", "-H", "expect:", "--json", "x" * 120_000)
        assert (status, answer["error"]["code"]) == (413, "too_large")


async def test_a_client_that_never_stops_sending_is_cut_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MOST_SURPLUS_BYTES", 1_000_000)
    async with serving(folder) as path:
        _, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"POST /api/v1/reports HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n")
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(send_for_ever(writer), 60)
        writer.close()


async def send_for_ever(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def test_a_client_that_says_nothing_is_sent_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_DEADLINE_S", 0.05)
    async with serving(folder) as path:
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"GET /heal")
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()


async def test_a_client_that_leaves_in_its_body_is_no_error(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(folder) as path:
        _, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"POST /api/v1/reports HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\n{")
        await asyncio.sleep(0.05)
        writer.close()
        await asyncio.sleep(0.05)
    assert caplog.records == []


async def test_connections_are_bounded_in_number(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", 2)
    async with serving(folder) as path:
        held = [await asyncio.open_unix_connection(str(path)) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert b"HTTP/1.1 503" in await spoken(path, b"")
        for _, writer in held:
            writer.close()
        async with asyncio.timeout(60):
            while b"HTTP/1.1 200" not in await spoken(path, LAST):
                pass


@contextlib.contextmanager
def being(uid: int, *groups: str) -> Iterator[None]:
    """What the kernel tells about whoever connects meanwhile."""
    require("root", present=os.geteuid() == 0)
    before = os.getgroups()
    os.setgroups([grp.getgrnam(group).gr_gid for group in groups])
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)


def connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(path))
    connection.setblocking(False)
    return connection


async def test_a_user_has_so_many_connections_and_the_others_go_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "MOST_EACH", 4)
    async with serving(folder) as path:
        with being(54321, GROUP):
            held = [connected(path) for _ in range(5)]
        loop = asyncio.get_running_loop()
        assert (await asyncio.wait_for(loop.sock_recv(held[4], 12), 60)) == b"HTTP/1.1 503"
        assert (await curl(path, "/healthz", user=as_user(54322, GROUP)))[0] == 200
        assert b"HTTP/1.1 200" in await spoken(path, LAST)
        for connection in held:
            connection.close()
        assert (await curl(path, "/healthz", user=as_user(54321, GROUP)))[0] == 200


TRICKLING = {
    "a head": (b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n", b"G"),
    "a body that nobody reads": (b"GET /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n", b"x"),
    "a body that is refused": (b"POST /api/v1/reports HTTP/1.1\r\nhost: x\r\ncontent-length: 999999\r\n\r\n", b"x"),
    "the first head": (b"", b"G"),
}


@pytest.mark.parametrize("way", TRICKLING)
async def test_single_bytes_do_not_keep_a_connection(folder: Path, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    monkeypatch.setattr(protocol, "HEAD_DEADLINE_S", 0.3)
    first, piece = TRICKLING[way]
    async with serving(folder) as path:
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(first)
        if first:
            await reader.readuntil(b"}")
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(60):
                while not reader.at_eof():
                    writer.write(piece)
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(reader.read(1), 0.05)
        writer.close()


async def test_who_asks_in_time_may_go_on_for_long(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_DEADLINE_S", 2.0)
    async with serving(folder) as path:
        reader, writer = await asyncio.open_unix_connection(str(path))
        for _ in range(4):
            writer.write(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
            await reader.readuntil(b"}")
            await asyncio.sleep(0.6)
        writer.write(STREAM)
        await reader.readuntil(b": cortex\n\n")
        await asyncio.sleep(2.3)
        assert not reader.at_eof()
        writer.close()


async def test_an_answer_that_nobody_reads_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_DEADLINE_S", 0.1)
    world = World()
    world.queries.all_reports = [make_report(summary="x" * 2_000_000)]
    server = ApiServer(world.context(), socket_path=folder / "s", group=GROUP, admin_group=ADMIN_GROUP)
    await server.start()
    slow = connected(folder / "s")
    slow.sendall(b"GET /api/v1/reports HTTP/1.1\r\nhost: x\r\n\r\n")
    async with asyncio.timeout(60):
        while not server._state.connections:  # noqa: ASYNC110  # each turn of the loop is looked at
            await asyncio.sleep(0)
        while server._state.connections:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert await asyncio.to_thread(received, slow) < 2_000_000
    slow.close()
    await server.stop(1)


def received(connection: socket.socket) -> int:
    connection.settimeout(60)
    total = 0
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            total += len(piece)
    return total


async def test_answers_that_nobody_reads_are_bounded_in_bytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MOST_UNREAD_BYTES", 3_000_000)
    world = World()
    world.queries.all_reports = [make_report(summary="x" * 2_000_000)]
    async with serving(folder, world) as path:
        slow = [await asyncio.open_unix_connection(str(path), limit=2**10) for _ in range(2)]
        async with asyncio.timeout(60):
            for reader, writer in slow:
                writer.write(b"GET /api/v1/reports HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                await reader.read(1)  # its answer is under way
            second, first = [len(await reader.read()) for reader, _ in reversed(slow)]
        assert first > 2_000_000 > second
        assert len(await spoken(path, b"GET /api/v1/reports HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")) > 2e6
        for _, writer in slow:
            writer.close()


async def test_bodies_under_way_are_bounded_in_bytes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_BODY_BYTES", "MOST_BODY_BYTES_EACH", "RESERVED_BODY_BYTES"):
        monkeypatch.setattr(f"probed.api.desk.{name}", 0)
    head = b"POST /api/v1/reports HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nconnection: close\r\n"
    async with serving(folder) as path:
        _, slow = await asyncio.open_unix_connection(str(path))
        slow.write(head + b"content-length: 90000\r\n\r\n" + b" " * 80_000)
        await asyncio.sleep(0.1)
        refused = await spoken(path, head + b"content-length: 90000\r\n\r\n" + b" " * 90_000)
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"retry-after: 1" in refused
        slow.close()
        body = json.dumps(REPORT).encode()
        padded = body + b" " * (90_000 - len(body))
        async with asyncio.timeout(60):
            while refused.startswith(b"HTTP/1.1 503"):
                refused = await spoken(path, head + b"content-length: 90000\r\n\r\n" + padded)
        assert refused.startswith(b"HTTP/1.1 201")


async def test_an_unexpected_error_is_logged_once_with_its_reason(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    world.queries.failure = RuntimeError("hunter2")
    async with serving(folder, world) as path:
        status, answer = await curl(path, "/api/v1/runs")
    assert (status, answer["error"]["code"]) == (500, "internal")
    (record,) = caplog.records
    assert record.exc_info
    assert str(record.exc_info[1]) == "hunter2"


async def test_a_client_that_stops_reading_loses_its_connection(folder: Path) -> None:
    world = World()
    async with serving(folder, world) as path:
        with socket.socket(socket.AF_UNIX) as slow:
            slow.connect(str(path))
            slow.sendall(STREAM)
            quick, writer = await asyncio.open_unix_connection(str(path))
            writer.write(STREAM)
            await quick.readuntil(b": cortex\n\n")
            async with asyncio.timeout(60):
                while "cortex_event_followers_dropped_total 1\n" not in await metrics(path):
                    for _ in range(50):
                        world.stream.publish(filling="x" * 4000)
                        await quick.readuntil(b"\n\n\r\n")
            assert "cortex_event_followers 1\n" in await metrics(path)
            await asyncio.to_thread(drain, slow)
        writer.close()


def drain(connection: socket.socket) -> None:
    """Read to the end, which there is."""
    connection.settimeout(60)
    with contextlib.suppress(ConnectionResetError):
        while connection.recv(65536):
            pass


async def metrics(path: Path) -> str:
    return (await spoken(path, b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).decode()


@pytest.mark.alone
async def test_events_arrive_within_milliseconds(folder: Path) -> None:
    world = World()
    async with serving(folder, world) as path:
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(STREAM)
        await reader.readuntil(b": cortex\n\n")
        delays_s = []
        for number in range(1, 301):
            began_s = time.perf_counter()
            world.stream.publish()
            await reader.readuntil(b"id: %d\n" % number)
            delays_s.append(time.perf_counter() - began_s)
        writer.close()
    assert statistics.quantiles(delays_s, n=100)[98] < 0.05


async def test_stopping_ends_streams_and_waits_for_requests(folder: Path) -> None:
    world = World()
    asked, proceed = asyncio.Event(), asyncio.Event()

    async def slow_overview() -> Any:
        asked.set()
        await proceed.wait()
        return world.overview

    server = ApiServer(
        world.context(overview=slow_overview), socket_path=folder / "s", group=GROUP, admin_group=ADMIN_GROUP
    )
    await server.start()
    stream, stream_writer = await asyncio.open_unix_connection(str(folder / "s"))
    stream_writer.write(STREAM)
    await stream.readuntil(b": cortex\n\n")
    reader, writer = await asyncio.open_unix_connection(str(folder / "s"))
    writer.write(b"GET /api/v1/status HTTP/1.1\r\nhost: x\r\n\r\n")
    await asked.wait()

    stopping = asyncio.create_task(server.stop(60))
    assert (await asyncio.wait_for(stream.read(), 60)).endswith(b"0\r\n\r\n")
    with pytest.raises(OSError, match=r"refused|No such file"):
        await asyncio.open_unix_connection(str(folder / "s"))
    assert not stopping.done()
    proceed.set()
    assert b"HTTP/1.1 200" in await asyncio.wait_for(reader.read(), 60)
    await asyncio.wait_for(stopping, 60)
    for each in (stream_writer, writer):
        each.close()


@pytest.mark.alone
async def test_stopping_cuts_off_what_does_not_end(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    asked = asyncio.Event()

    async def hang() -> Any:
        asked.set()
        await asyncio.Future()

    server = ApiServer(World().context(overview=hang), socket_path=folder / "s", group=GROUP, admin_group=ADMIN_GROUP)
    await server.start()
    reader, writer = await asyncio.open_unix_connection(str(folder / "s"))
    writer.write(b"GET /api/v1/status HTTP/1.1\r\nhost: x\r\n\r\n")
    await asked.wait()
    began_s = time.monotonic()
    await server.stop(0.1)
    assert time.monotonic() - began_s < 30
    assert "1 requests had not ended" in caplog.text
    with contextlib.suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 60)
    writer.close()


@pytest.mark.alone
async def test_stopping_does_not_wait_for_a_client_that_does_not_read(folder: Path) -> None:
    world = World()
    server = ApiServer(world.context(), socket_path=folder / "s", group=GROUP, admin_group=ADMIN_GROUP)
    await server.start()
    with socket.socket(socket.AF_UNIX) as slow:
        slow.connect(str(folder / "s"))
        slow.sendall(STREAM)
        await asyncio.to_thread(slow.recv, 10)
        for _ in range(100):
            world.stream.publish(filling="x" * 8000)
        await asyncio.sleep(0.05)
        began_s = time.monotonic()
        await server.stop(0.1)
        assert time.monotonic() - began_s < 30
        assert not server._state.connections


async def test_the_process_keeps_its_signals(folder: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with serving(folder):
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


async def test_it_can_start_again_where_it_was(folder: Path) -> None:
    for _ in range(2):
        async with serving(folder) as path:
            assert (await curl(path, "/healthz"))[0] == 200

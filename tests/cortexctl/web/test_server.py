"""What a browser, and whoever is none, gets from the server. The dashboards behind it are real, without a daemon."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import psutil
import pytest
from aiohttp import (
    ClientSession,
    ClientWebSocketResponse,
    CookieJar,
    DummyCookieJar,
    WSCloseCode,
    WSMsgType,
    WSServerHandshakeError,
    web,
)
from yarl import URL

from cortexctl.web import server, session
from cortexctl.web.server import LOOPBACK, PAGE, STATIC, Server

WITHIN_S = 60.0
BEGUN = b"nothing is known yet"


@dataclass
class Served:
    """The server, and a browser that keeps its cookies."""

    server: Server
    host: str
    browser: ClientSession
    stranger: ClientSession
    """Keeps none."""
    end: Callable[[], Coroutine[None, None, None]]

    @property
    def page(self) -> str:
        return f"http://{self.host}{self.server.gate.place}"

    @property
    def address(self) -> str:
        return f"{self.page}?token={self.server.gate.token}"

    def __truediv__(self, name: str) -> str:
        return f"{self.page}{name}"

    async def log_in(self) -> None:
        async with self.browser.get(self.address) as answer:
            assert answer.status == HTTPStatus.OK

    @asynccontextmanager
    async def open_page(self) -> AsyncIterator[ClientWebSocketResponse]:
        address, origin = f"{self / 'ws'}?width=100&height=30", f"http://{self.host}"
        async with self.browser.ws_connect(address, origin=origin) as page:
            yield page


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    """With room for a single page."""
    async with serving(Server(str(tmp_path / "probed.sock"), most_pages=1)) as found:
        yield found


@asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Served]:
    runner = web.AppRunner(server.app(), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, LOOPBACK, 0)
        await site.start()
        host = site.name.removeprefix("http://")
        browser = ClientSession(cookie_jar=CookieJar(unsafe=True))
        async with browser, ClientSession(cookie_jar=DummyCookieJar()) as stranger:
            yield Served(server, host, browser, stranger, runner.cleanup)
    finally:
        await runner.cleanup()


async def shows(page: ClientWebSocketResponse, words: bytes) -> None:
    seen = b""
    async with asyncio.timeout(WITHIN_S):
        while words not in seen:
            message = await page.receive()
            assert message.type in (WSMsgType.BINARY, WSMsgType.TEXT), (message, seen)
            seen += message.data if message.type is WSMsgType.BINARY else b""


async def until(holds: Callable[[], object], what: str) -> None:
    end = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < end, f"not within {WITHIN_S:g} s: {what}"
        await asyncio.sleep(0.02)


def programs() -> list[psutil.Process]:
    """The dashboards that this process has started."""
    return [child for child in psutil.Process().children() if "cortexctl.web.program" in child.cmdline()]


# --- who may come in --------------------------------------------------------------------------------------------------


async def test_the_address_that_is_printed_becomes_a_cookie_and_leaves_no_token_behind(served: Served) -> None:
    async with served.browser.get(served.address, allow_redirects=False) as answer:
        assert answer.status == HTTPStatus.SEE_OTHER
        assert answer.headers["Location"] == served.server.gate.place
        kept = {part.strip() for part in answer.headers["Set-Cookie"].split(";")}
    async with served.browser.get(served.page) as answer:
        page = await answer.text()

    assert {"HttpOnly", "SameSite=Strict", f"Path={served.server.gate.place}"} < kept
    assert served.server.gate.token not in " ".join(kept)
    assert f"ws://{served.host}{served.server.gate.place}ws" in page
    assert served.server.gate.token not in page


@pytest.mark.parametrize("name", ["", "ws", "textual.js", "nothing", "?token=wrong"])
async def test_nobody_gets_anything_without_the_cookie(served: Served, name: str) -> None:
    async with served.stranger.get(served / name, headers={"Origin": f"http://{served.host}"}) as answer:
        assert answer.status == HTTPStatus.FORBIDDEN
        assert "open the address that cortexctl web has printed" in await answer.text()


@pytest.mark.parametrize("name", ["", "ws", "textual.js"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9"},
        {"Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
async def test_a_foreign_page_gets_nothing_even_with_the_cookie(
    served: Served, name: str, headers: dict[str, str]
) -> None:
    await served.log_in()

    async with served.browser.get(served / name, headers=headers) as answer:
        assert answer.status == HTTPStatus.FORBIDDEN


async def test_no_dashboard_is_started_for_a_websocket_that_is_refused(served: Served) -> None:
    await served.log_in()

    for origin in ("http://evil.example", None):
        with pytest.raises(WSServerHandshakeError, match="403"):
            await served.browser.ws_connect(served / "ws", origin=origin)
    with pytest.raises(WSServerHandshakeError, match="403"):
        await served.stranger.ws_connect(served / "ws", origin=f"http://{served.host}")

    assert programs() == []


@pytest.mark.parametrize("name", ["nothing", "index.html", "%2e%2e%2fserver.py", "..%2findex.html"])
async def test_only_what_belongs_to_the_page_is_served(served: Served, name: str) -> None:
    await served.log_in()

    for file in STATIC:
        async with served.browser.get(served / file) as answer:
            assert answer.status == HTTPStatus.OK
    async with served.browser.get(URL(served / name, encoded=True)) as answer:
        assert answer.status == HTTPStatus.NOT_FOUND


async def test_the_page_may_ask_nobody_else_and_nobody_may_show_it(served: Served) -> None:
    await served.log_in()

    async with served.browser.get(served.page) as answer:
        policy = answer.headers["Content-Security-Policy"]
        told = {name: answer.headers[name] for name in ("Cache-Control", "Referrer-Policy", "X-Frame-Options")}
    async with served.stranger.get(served.page) as answer:
        refused = answer.headers["Content-Security-Policy"]

    sources = {word for part in policy.split("; ") for word in part.split()[1:]}
    assert sources == {"'none'", "'self'", f"ws://{served.host}"}
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in refused
    assert told == {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}


@pytest.mark.parametrize("file", sorted(PAGE.glob("*")), ids=lambda file: file.name)
def test_what_is_ours_names_no_other_server(file: Path) -> None:
    assert set(re.findall(r"\w+://[^\s\"'<)]+", file.read_text())) <= {"http://www.w3.org/2000/svg"}


# --- pages and programs -----------------------------------------------------------------------------------------------


async def test_a_page_shows_the_dashboard_and_its_program_ends_with_it(served: Served) -> None:
    await served.log_in()

    async with served.open_page() as page:
        await shows(page, BEGUN)
        [program] = programs()
        await page.send_str("no JSON")
        await page.send_str('["deliver_chunk_request", {}]')
        await page.send_bytes(b"x")
        await page.send_str('["ping", "1"]')
        await page.send_str('["resize", {"width": 60, "height": 20}]')
        await shows(page, BEGUN)

    await until(lambda: not program.is_running(), "the end of the program")


async def test_whoever_leaves_the_dashboard_ends_the_page(served: Served) -> None:
    await served.log_in()

    async with served.open_page() as page:
        await shows(page, BEGUN)
        await page.send_str('["stdin", "q"]')
        async with asyncio.timeout(WITHIN_S):
            while not page.closed:
                await page.receive()

    await until(lambda: programs() == [], "the end of the program")


async def test_a_program_that_hangs_is_killed_when_its_page_is_closed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "ENDS_WITHIN_S", 0.1)
    await served.log_in()

    async with served.open_page() as page:
        await shows(page, BEGUN)
        [program] = programs()
        program.send_signal(signal.SIGSTOP)

    await until(lambda: not program.is_running(), "the end of the program")


async def test_one_page_more_than_there_may_be_is_told_so_and_comes_in_when_another_is_closed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "FREE_WITHIN_S", 0.1)
    await served.log_in()

    async with served.open_page() as first:
        await shows(first, BEGUN)
        async with served.open_page() as second:
            await shows(second, b"No more than 1 pages may be open")
            assert (await second.receive()).type is WSMsgType.CLOSE
            assert second.close_code == WSCloseCode.TRY_AGAIN_LATER
        assert len(programs()) == 1
    monkeypatch.setattr(server, "FREE_WITHIN_S", WITHIN_S)
    async with served.open_page() as third:
        await shows(third, BEGUN)


async def test_a_dashboard_that_cannot_be_started_says_so_on_the_page(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    await served.log_in()

    async with served.open_page() as page:
        await shows(page, b"could not be started")


async def test_all_pages_end_with_the_server(tmp_path: Path) -> None:
    async with serving(Server(str(tmp_path / "probed.sock"))) as served:
        await served.log_in()
        async with served.open_page() as page:
            await shows(page, BEGUN)
            ended = asyncio.create_task(served.end())
            async with asyncio.timeout(WITHIN_S):
                while not page.closed:
                    await page.receive()
            await ended
            assert page.close_code == WSCloseCode.GOING_AWAY

    assert programs() == []

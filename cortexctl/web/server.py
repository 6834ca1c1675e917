"""The dashboard for a browser: one page, its files, and a WebSocket for each page that is open."""

from __future__ import annotations

import asyncio
import html
import signal
import socket
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from string import Template

from aiohttp import WSCloseCode, web

from cortexctl.child import SIGNAL_EXIT
from cortexctl.failure import Failure
from cortexctl.web import packets
from cortexctl.web.gate import COOKIE, Asking, Gate, Way
from cortexctl.web.session import session

LOOPBACK = "127.0.0.1"
MOST_PAGES = 4
"""Each has a program of its own."""
FREE_WITHIN_S = 5.0
"""A page that is loaded anew comes before its own program has ended."""
FULL = "No more than {pages} pages may be open: close one, and load this one anew.\r\n"
MESSAGE_BYTES = 65_536
SILENT_S = 15.0
"""A page that answers no ping for about as long is gone."""
PAGE = Path(str(files("cortexctl.web"))) / "page"
THEIRS = Path(str(files("textual_serve"))) / "static"
STATIC = {
    "icon.svg": PAGE / "icon.svg",
    "page.css": PAGE / "page.css",
    "page.js": PAGE / "page.js",
    "textual.js": THEIRS / "js" / "textual.js",
    "xterm.css": THEIRS / "css" / "xterm.css",
    "mono.ttf": THEIRS / "fonts" / "RobotoMono-VariableFont_wght.ttf",
    "mono-italic.ttf": THEIRS / "fonts" / "RobotoMono-Italic-VariableFont_wght.ttf",
}
"""All that is served. Of textual-serve's page nothing is: it takes a font from elsewhere."""
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "cortexctl",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
WHAT_A_PAGE_MAY = (
    f"{NOTHING}; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self' ws://{{host}}"
)
"""No style within the page either: what the scripts would set so stands in xterm.css and page.css."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    def __init__(self, socket_path: str, most_pages: int = MOST_PAGES) -> None:
        self.gate = Gate()
        self._socket_path = socket_path
        self._most_pages = most_pages
        self._places = asyncio.Semaphore(most_pages)
        self._open = set[web.WebSocketResponse]()

    def app(self) -> web.Application:
        place = self.gate.place
        app = web.Application(middlewares=[self._guard])
        app.add_routes(
            [
                web.get(place, self._page),
                web.get(f"{place}ws", self._converse),
                web.get(place + "{name}", self._static),
            ]
        )
        app.on_response_prepare.append(self._protect)
        app.on_shutdown.append(self._close)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        way = self.gate.way(asking(request, f"{self.gate.place}ws"))
        if way is Way.IN:
            return await handler(request)
        if way is Way.EXCHANGE:
            answer = web.Response(status=303, headers={"Location": self.gate.place})
            answer.set_cookie(COOKIE, self.gate.cookie, path=self.gate.place, httponly=True, samesite="Strict")
            return answer
        return web.Response(status=404 if way is Way.NO_SUCH_PLACE else 403, text=f"cortexctl web: {way.value}\n")

    async def _protect(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Content-Security-Policy", NOTHING)

    async def _page(self, request: web.Request) -> web.Response:
        address = html.escape(f"ws://{request.host}{self.gate.place}ws")
        page = Template((PAGE / "index.html").read_text()).substitute(websocket=address)
        policy = WHAT_A_PAGE_MAY.format(host=request.host)
        return web.Response(text=page, content_type="text/html", headers={"Content-Security-Policy": policy})

    async def _static(self, request: web.Request) -> web.StreamResponse:
        file = STATIC.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        return web.FileResponse(file, headers={"Cache-Control": "no-cache"})

    async def _converse(self, request: web.Request) -> web.WebSocketResponse:
        page = web.WebSocketResponse(heartbeat=SILENT_S, max_msg_size=MESSAGE_BYTES, compress=False)
        await page.prepare(request)
        self._open.add(page)
        try:
            await self._show(page, *packets.size(request.query))
        finally:
            self._open.discard(page)
            await page.close()
        return page

    async def _show(self, page: web.WebSocketResponse, columns: int, lines: int) -> None:
        try:
            async with asyncio.timeout(FREE_WITHIN_S):
                await self._places.acquire()
        except TimeoutError:
            await page.send_bytes(FULL.format(pages=self._most_pages).encode())
            await page.close(code=WSCloseCode.TRY_AGAIN_LATER)
            return
        try:
            await session(page, self._socket_path, columns, lines)
        finally:
            self._places.release()

    async def _close(self, app: web.Application) -> None:
        await asyncio.gather(*(page.close(code=WSCloseCode.GOING_AWAY) for page in tuple(self._open)))


def asking(request: web.Request, websocket: str) -> Asking:
    return Asking(
        host=request.host,
        path=request.path,
        origin=request.headers.get("Origin", ""),
        token=request.query.get("token"),
        cookie=request.cookies.get(COOKIE, ""),
        is_websocket=request.path == websocket,
    )


async def serve(socket_path: str, port: int, tell: Callable[[str], None]) -> int:
    """Until it is ended by Ctrl-C or a signal; `tell` gets the address with the token, once. The exit code."""
    listener = listening(port)
    server = Server(socket_path)
    runner = web.AppRunner(server.app(), access_log=None)  # it would hold the token
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        ended = signalled()
        tell(f"http://{LOOPBACK}:{listener.getsockname()[1]}{server.gate.place}?token={server.gate.token}")
        return await ended
    finally:
        await runner.cleanup()


def listening(port: int) -> socket.socket:
    try:
        return socket.create_server((LOOPBACK, port))
    except OSError as error:
        raise Failure(f"port {port} of {LOOPBACK}: {error.strerror}", "cortexctl web --port 0") from None


def signalled() -> asyncio.Future[int]:
    """The exit code that belongs to the first signal."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()

    def note(number: int) -> None:
        if not ended.done():
            ended.set_result(SIGNAL_EXIT + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, note, number)
    return ended

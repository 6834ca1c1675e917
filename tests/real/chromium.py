"""Debian's Chromium without a window, driven by the DevTools protocol."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from websockets.sync.client import connect

from tests.real.packages import program

WITHIN_S = 60.0
FLAGS = (
    "--headless",
    "--no-sandbox",  # as root it has none
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--window-size=1280,800",
    "--remote-debugging-port=0",
)


class Chromium:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sent = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._pages: dict[str, Page] = {}

    def __enter__(self) -> Chromium:
        port_file = self._folder / "DevToolsActivePort"
        with (self._folder / "chromium.log").open("wb") as log:
            self._process = subprocess.Popen(
                [program("chromium", "chromium"), *FLAGS, f"--user-data-dir={self._folder}", "about:blank"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "HOME": str(self._folder)},
            )
        with ExitStack() as made:
            made.callback(self._kill)
            wait_until(lambda: port_file.exists() and port_file.read_text().count("\n") == 1, "the port of Chromium")
            port, path = port_file.read_text().split("\n")
            address = f"ws://127.0.0.1:{port}{path}"
            self._socket = made.enter_context(connect(address, max_size=None, open_timeout=WITHIN_S, proxy=None))
            self._made = made.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._made.close()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def person(self) -> str:
        """Somebody whose pages share their cookies with nobody else's."""
        return str(self.call("Target.createBrowserContext")["browserContextId"])

    def page(self, person: str) -> Page:
        target = self.call("Target.createTarget", url="about:blank", browserContextId=person)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, target, session)
        page.begin()
        return page

    def call(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        self._sent += 1
        number = self._sent
        known = {"id": number, "method": method, "params": params}
        self._socket.send(json.dumps({**known, "sessionId": session} if session else known))
        while number not in self._answers:
            self._take(json.loads(self._socket.recv(timeout=WITHIN_S)))
        answer = self._answers.pop(number)
        assert "error" not in answer, f"{method}: {answer}"
        return dict(answer["result"])

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._answers[message["id"]] = message
        elif page := self._pages.get(message.get("sessionId", "")):
            page.note(message["method"], message["params"])


class Page:
    def __init__(self, browser: Chromium, target: str, session: str) -> None:
        self._browser, self._target, self._session = browser, target, session
        self.requests: list[str] = []
        """Every address that it has asked for, WebSockets among them, in their order."""
        self.complaints: list[str] = []
        """What the browser says against it on its console, as where its own policy forbids something."""

    def begin(self) -> None:
        for domain in ("Page", "Network", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def before_each_document(self, script: str) -> None:
        self._call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def open(self, address: str) -> None:
        self._call("Page.navigate", url=address)

    def reload(self) -> None:
        self._call("Page.reload")

    def close(self) -> None:
        self._browser.call("Target.closeTarget", targetId=self._target)

    def ask(self, expression: str) -> Any:
        """What the expression in JavaScript is, once it is settled. Raises RuntimeError where it throws."""
        found = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"])
        return found["result"].get("value")

    def until(self, expression: str) -> None:
        wait_until(lambda: bool(self.asked(expression)), expression)

    def asked(self, expression: str) -> Any:
        """As `ask`; None while the document is not there yet."""
        try:
            return self.ask(expression)
        except RuntimeError:
            return None

    def click(self, x: float, y: float) -> None:
        where = {"x": x, "y": y, "button": "left", "clickCount": 1}
        self._call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, **where)

    def type(self, letters: str) -> None:
        for letter in letters:
            self._call("Input.dispatchKeyEvent", type="keyDown", key=letter, text=letter)
            self._call("Input.dispatchKeyEvent", type="keyUp", key=letter)

    def picture(self) -> bytes:
        """A PNG, for whoever looks for a fault."""
        return base64.b64decode(self._call("Page.captureScreenshot")["data"])

    def note(self, event: str, what: dict[str, Any]) -> None:
        if event == "Network.requestWillBeSent":
            self.requests.append(what["request"]["url"])
        elif event == "Network.webSocketCreated":
            self.requests.append(what["url"])
        elif event == "Log.entryAdded":
            self.complaints.append(f"{what['entry']['text']} {what['entry'].get('url', '')}")

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **params)


def wait_until(holds: Callable[[], bool], what: str, seen: Callable[[], str] = str) -> None:
    """`seen` says what there is instead."""
    end = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < end, f"not within {WITHIN_S:g} s: {what}\n{seen()}"
        time.sleep(0.05)

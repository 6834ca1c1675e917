"""The dashboard in Debian's Chromium, before a real daemon: seen, clicked, attacked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from probed.wire import paths
from tests.cortexctl.web.screen import Screen
from tests.cortexctl.web.serving import Serving, serving
from tests.real.chromium import Chromium, wait_until
from tests.real.daemon import RealDaemon

KNOWN_COMPLAINTS = ("Applying inline style violates", "software WebGL", "Failed to load resource")
"""Styles that the policy forbids and nobody misses; no graphics card; what a test itself has refused."""


BEGUN = "nothing is known yet"
"""What a dashboard says that has no daemon."""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture
def person(chromium: Chromium) -> str:
    return chromium.person()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Serving]:
    """Without a daemon."""
    with serving(tmp_path, tmp_path / "probed.sock") as found:
        yield found


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """A file that is too large for its folder."""
    folder = tmp_path / "dumps"
    folder.mkdir()
    file = folder / "core"
    file.write_bytes(b"x" * 2**21)
    return file


@pytest.fixture
def probed(tmp_path: Path, dump: Path) -> Iterator[RealDaemon]:
    """Asks whether the file may be removed."""
    scripts = {"empty": {"argv": ["/usr/bin/rm", str(dump)]}}
    daemon = RealDaemon(tmp_path, {"actions": {"scripts": scripts}})
    checks = f"checks:\n  - folder: {{path: {dump.parent}, size: 1MiB}}"
    daemon.document("dumps", f"schedule: every 1h\n{checks}\nactions: {{L2: [{{run_script: {{name: empty}}}}]}}")
    with daemon:
        yield daemon


def test_an_alert_is_seen_and_a_decision_approved_with_the_mouse(
    tmp_path: Path, chromium: Chromium, person: str, probed: RealDaemon, dump: Path
) -> None:
    with serving(tmp_path, probed.socket) as served:
        page = chromium.page(person)
        screen = Screen(page)
        page.open(served.address)
        screen.shows("run_script name='empty'")
        submit(probed)
        screen.shows("Alerts 1")
        screen.click("the till is jammed", "▌.*the till is jammed")
        page.type("k")
        screen.shows("✓ the till is jammed")

        screen.click("run_script name='empty'", "▌.*run_script name='empty'")
        page.type("a")
        screen.shows("type empty to approve")
        assert dump.exists()
        page.type("empty")
        wait_until(lambda: "type empty to approve" not in screen.text, "the word typed", lambda: screen.text)
        screen.click("Approve  Enter", "nothing waits for your yes or no")
        wait_until(lambda: probed.items("decisions")[0]["state"] == "verified", "the end", lambda: screen.text)
        assert not dump.exists()

        own = (served.page, served.page.replace("http", "ws", 1))
        assert [address for address in page.requests if not address.startswith(own)] == []
        assert [address for address in page.requests if "token" in address] == [served.address]
        assert page.ask("document.cookie") == ""
        assert [words for words in page.complaints if not any(known in words for known in KNOWN_COMPLAINTS)] == []


def submit(daemon: RealDaemon) -> None:
    found = {"check": "shop", "object": "till", "severity": "warning", "summary": "the till is jammed"}
    status, answer = daemon.post(
        paths.REPORTS, {"source": "shop", "verdict": "warning", "summary": "s", "findings": [found]}
    )
    assert status < 300, answer


def test_it_goes_on_in_a_second_tab_and_after_a_reload_and_not_for_a_stranger(
    chromium: Chromium, person: str, served: Serving
) -> None:
    first, second, stranger = chromium.page(person), chromium.page(person), chromium.page(chromium.person())
    first_screen, second_screen = Screen(first), Screen(second)
    first.open(served.address)
    first_screen.shows(BEGUN)
    second.open(served.page)
    second_screen.shows(BEGUN)
    stranger.open(served.page)
    stranger.until("document.body.innerText.includes('open the address that cortexctl web has printed')")
    wait_until(lambda: len(programs(served)) == 2, "two dashboards")

    first.ask("window.before = true")
    first.reload()
    first.until("!window.before")
    first_screen.shows(BEGUN)
    second.close()

    wait_until(lambda: len(programs(served)) == 1, "the end of what nobody sees any more")


def test_what_has_ended_begins_anew_at_a_click(chromium: Chromium, person: str, served: Serving) -> None:
    page = chromium.page(person)
    screen = Screen(page)
    page.open(served.address)
    screen.shows(BEGUN)
    page.type("q")
    page.until("getComputedStyle(document.querySelector('.ended')).display == 'block'")
    wait_until(lambda: programs(served) == [], "the end of the program")

    left, top = page.ask("(({x, y}) => [x, y])(document.querySelector('.ended button').getBoundingClientRect())")
    page.click(left + 5, top + 5)

    wait_until(lambda: len(programs(served)) == 1, "a new dashboard")
    page.until("document.body.classList.contains('-first-byte') && !document.body.classList.contains('-closed')")


def test_another_server_of_this_host_can_neither_talk_to_it_nor_read_it_nor_take_its_cookie(
    chromium: Chromium, person: str, served: Serving
) -> None:
    """To a browser it is the same site: cookies know no ports."""
    page = chromium.page(person)
    page.open(served.address)
    page.until("document.body.classList.contains('-first-byte')")
    with neighbour() as (address, headers):
        page.open(address)
        page.until("document.body.innerText.includes('neighbour')")
        talked, read = page.ask(f"({ATTACK})({served.page!r})")
        wait_until(lambda: programs(served) == [], "the end of what nobody sees any more")

    assert (talked, read) == ("refused", "refused")
    assert headers
    assert "cookie" not in headers


ATTACK = """async (page) => {
    const talked = await new Promise((settle) => {
        const socket = new WebSocket(page.replace("http", "ws") + "ws");
        socket.onopen = () => settle("open");
        socket.onerror = () => settle("refused");
    });
    const read = await fetch(page, {credentials: "include"}).then(() => "read", () => "refused");
    await new Promise((settle) => {
        const frame = document.createElement("iframe");
        frame.onload = settle;
        frame.src = page;
        document.body.append(frame);
    });
    return [talked, read];
}"""
"""A shown page would have its own dashboard."""


@contextmanager
def neighbour() -> Iterator[tuple[str, list[str]]]:
    """Its address, and the names of all headers that it is sent."""
    headers = list[str]()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers.extend(name.lower() for name in self.headers)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"neighbour")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", headers
        finally:
            server.shutdown()
            serving.join()


def programs(served: Serving) -> list[psutil.Process]:
    return psutil.Process(served.process.pid).children(recursive=True)

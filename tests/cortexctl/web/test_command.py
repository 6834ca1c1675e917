"""`cortexctl web` on the command line: what it prints, and how it ends."""

from __future__ import annotations

import importlib.util
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from cortexctl.exits import Exit
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.web.serving import Serving, serving
from tests.real.chromium import wait_until


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Serving]:
    with serving(tmp_path, tmp_path / "probed.sock") as found:
        yield found


def cookie(served: Serving) -> str:
    """As the first answer of the server sets it."""
    with socket.create_connection((str(served.parts.hostname), served.parts.port or 0)) as asking:
        target = f"{served.parts.path}?{served.parts.query}"
        asking.sendall(f"GET {target} HTTP/1.1\r\nHost: {served.parts.netloc}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: asking.recv(65_536), b"")).decode()
    return answer.partition("Set-Cookie: ")[2].partition(";")[0]


def page(served: Serving) -> ClientConnection:
    address = f"{served.page.replace('http', 'ws', 1)}ws"
    origin = Origin(f"http://{served.parts.netloc}")
    return connect(address, origin=origin, additional_headers={"Cookie": cookie(served)}, proxy=None)


def shown(page: ClientConnection, words: bytes) -> None:
    seen = b""
    while words not in seen:
        piece = page.recv(timeout=60)
        seen += piece if isinstance(piece, bytes) else b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_dashboards_end_with_the_server_however_it_ends(served: Serving, number: signal.Signals) -> None:
    with page(served) as open_page:
        shown(open_page, b"nothing is known yet")
        programs = psutil.Process(served.process.pid).children(recursive=True)
        assert programs

        served.process.send_signal(number)

        ended = served.process.wait(60)
        wait_until(lambda: not any(map(is_alive, programs)), "the end of the dashboards")
    assert ended == (-number if number == signal.SIGKILL else 128 + number)
    assert "Traceback" not in served.log.read_text()


def is_alive(process: psutil.Process) -> bool:
    """What nobody has waited for yet has ended all the same."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_the_token_is_printed_once_and_in_no_log(served: Serving) -> None:
    token = served.parts.query.removeprefix("token=")
    assert len(token) > 30
    assert cookie(served)

    served.process.send_signal(signal.SIGINT)
    rest, _ = served.process.communicate(timeout=60)

    assert token not in rest + served.log.read_text()


def test_nobody_but_this_host_can_ask(served: Serving) -> None:
    listening = [each for each in psutil.Process(served.process.pid).net_connections() if each.status == "LISTEN"]

    assert [(each.laddr.ip, each.laddr.port) for each in listening] == [("127.0.0.1", served.parts.port)]


def test_a_port_that_is_taken_is_a_failure_with_a_way_out(ctl: Ctl) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = ctl("web", "--port", port)

    assert done.exit == Exit.FAILED
    assert f"port {port} of 127.0.0.1" in done.err
    assert "cortexctl web --port 0" in done.err


def test_what_it_needs_is_named_where_it_is_not_installed(ctl: Ctl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    done = ctl("web")

    assert done.exit == Exit.USAGE
    assert "./install.sh --with-web" in done.err


def test_why_a_dashboard_cannot_be_started_is_said_where_the_server_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preferences = tmp_path / "config" / "cortex" / "dashboard.yaml"
    preferences.parent.mkdir(parents=True)
    preferences.write_text("theme: loud\n")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    with serving(tmp_path, tmp_path / "probed.sock") as served, page(served) as open_page:
        shown(open_page, b"could not be started")
        wait_until(lambda: str(preferences) in served.log.read_text(), "the reason", served.log.read_text)
        assert "Traceback" not in served.log.read_text()

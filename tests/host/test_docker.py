from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from probed.core.breaker import BreakerState
from probed.errors import HostFailed, NotHere
from probed.host import docker
from probed.host.circuit import PATIENCE
from tests.factories import NOW
from tests.real.users import as_nobody


def test_a_host_without_the_socket_has_no_engine_and_does_not_load_the_library() -> None:
    script = textwrap.dedent(
        """
        import sys
        from probed.errors import NotHere
        from probed.host import docker
        try:
            docker.containers()
        except NotHere as missing:
            print(missing.what, "docker" in sys.modules, "requests" in sys.modules)
        """
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "DOCKER_HOST": "unix:///nonexistent/docker.sock"},
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout.strip() == "Docker engine False False"


def test_a_file_that_is_no_socket_is_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docker.sock").touch()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")

    with pytest.raises(NotHere):
        docker.containers()


def test_a_socket_that_the_user_may_not_open_names_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        path = Path(folder, "docker.sock")
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        server.bind(str(path))
        path.chmod(0o660)
        path.parent.chmod(0o755)

        with as_nobody(), pytest.raises(NotHere) as hidden:
            docker.containers()

    assert "group docker" in hidden.value.remedy


def test_an_engine_that_does_not_answer_in_time_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as silent:
        silent.bind(f"{tmp_path}/docker.sock")
        silent.listen()

        with pytest.raises(HostFailed, match="no answer"):
            docker.containers(deadline_s=1)


@contextlib.contextmanager
def serving_at(path: Path, answer: Callable[[socket.socket], None]) -> Iterator[None]:
    """An engine that gives each connection to `answer`."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection:
                    answer(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


def hang_up(connection: socket.socket) -> None:
    connection.recv(100)


def test_an_engine_that_never_answers_is_left_alone_and_asked_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def count(connection: socket.socket) -> None:
        asked.append(1)
        hang_up(connection)

    with serving_at(tmp_path / "docker.sock", count):
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
        for _ in range(PATIENCE.failures):
            with pytest.raises(HostFailed, match="gave no answer"):
                docker.containers(deadline_s=60)
        before = len(asked)
        for _ in range(5):
            with pytest.raises(HostFailed, match="failed again and again and is left alone for a while"):
                docker.containers(deadline_s=1)
        assert len(asked) == before

        facts = docker.breaker(NOW)
        assert facts is not None
        assert (facts.name, facts.state, facts.failures) == ("docker", BreakerState.OPEN, PATIENCE.failures)
        assert facts.since is not None

        time.sleep(PATIENCE.first_pause_s)
        with pytest.raises(HostFailed, match="gave no answer"):
            docker.containers(deadline_s=1)
        assert len(asked) > before


def test_a_refusal_of_the_engine_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(connection: socket.socket) -> None:
        is_greeting = b"/version" in connection.recv(65536)
        status, body = (200, b'{"ApiVersion": "1.41"}') if is_greeting else (400, b'{"message": "not like that"}')
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)

    with serving_at(tmp_path / "docker.sock", refuse):
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
        for _ in range(PATIENCE.failures + 1):
            with pytest.raises(HostFailed, match="not like that"):
                docker.containers(deadline_s=60)

    facts = docker.breaker(NOW)
    assert facts is not None
    assert facts.state is BreakerState.CLOSED

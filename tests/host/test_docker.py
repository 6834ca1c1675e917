from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from probed.errors import HostFailed, NotHere
from probed.host import docker
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

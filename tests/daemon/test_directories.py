from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.daemon.directories import socket_directory, state_directory
from probed.errors import ConfigError
from tests.conftest import require


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_state_is_for_the_daemon_alone(tmp_path: Path) -> None:
    assert mode(state_directory(tmp_path / "deep" / "state")) == 0o700


def test_others_may_pass_to_the_socket(tmp_path: Path) -> None:
    assert mode(socket_directory(tmp_path / "run")) == 0o755


def test_a_folder_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)

    state_directory(tmp_path)

    assert mode(tmp_path) == 0o750


def test_a_state_that_others_can_change_is_refused_with_the_remedy(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)

    with pytest.raises(ConfigError, match=rf"monitor\.path can be changed by others; type: chmod go-w {tmp_path}"):
        state_directory(tmp_path)


def test_the_state_of_another_users_daemon_is_left_to_it(tmp_path: Path) -> None:
    require("root", present=os.geteuid() == 0)
    os.chown(tmp_path, 65534, -1)

    with pytest.raises(ConfigError, match="belongs to the user nobody, and this is root"):
        state_directory(tmp_path)


def test_a_file_in_the_way_is_an_error_that_names_the_key(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match=r"monitor\.path cannot be made"):
        state_directory(tmp_path / "file" / "state")


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may write anywhere."""
    uid = os.geteuid()
    if uid == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(uid)


def test_a_folder_without_the_right_to_write_is_an_error() -> None:
    with tempfile.TemporaryDirectory() as locked:
        Path(locked).chmod(0o555)

        with as_nobody(), pytest.raises(ConfigError, match=r"api\.socket cannot be written"):
            socket_directory(Path(locked))

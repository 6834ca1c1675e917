from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probed.api.listener import MOST_PATH_BYTES, bind
from probed.errors import AlreadyRunning, ConfigError
from tests.conftest import require


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    before = os.umask(0)
    yield tmp_path / "probed.sock"
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_the_mode_is_0660_whatever_the_umask(path: Path, umask: int) -> None:
    os.umask(umask)
    with bind(path, None):
        assert mode_of(path) == 0o660


def test_the_umask_stays_as_it_was(path: Path) -> None:
    os.umask(0o027)
    with bind(path, None):
        assert os.umask(0o027) == 0o027


def test_the_file_is_never_wider_than_it_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []

    def look(*args: object, **options: object) -> None:
        modes.append(mode_of(path))

    monkeypatch.setattr(os, "chown", look)
    monkeypatch.setattr(Path, "chmod", look)
    with bind(path, os.getegid()):
        assert modes == [0o600, 0o600]


def test_a_link_that_takes_the_place_of_the_socket_is_not_followed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = path.with_name("victim")
    victim.write_text("precious")
    victim.chmod(0o600)
    chown = os.chown

    def swap(*arguments: Any) -> None:
        chown(*arguments)
        path.unlink()
        path.symlink_to(victim)

    monkeypatch.setattr(os, "chown", swap)
    with bind(path, os.getegid()):
        assert mode_of(victim) == 0o600


def test_what_took_the_place_of_the_socket_before_is_not_taken_for_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = path.with_name("victim")
    victim.write_text("precious")
    victim.chmod(0o600)
    fchmod = os.fchmod

    def plant(descriptor: int, mode: int) -> None:
        fchmod(descriptor, mode)
        monkeypatch.setattr(socket.socket, "bind", lambda *_: path.symlink_to(victim))

    monkeypatch.setattr(os, "fchmod", plant)
    with pytest.raises(ConfigError, match=r"api\.socket"):
        bind(path, os.getegid())
    assert mode_of(victim) == 0o600


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757, 0o770])
def test_a_folder_that_others_can_write_is_refused_with_the_remedy(path: Path, mode: int) -> None:
    path.parent.chmod(mode)
    with pytest.raises(ConfigError, match=rf"can be changed by others; type: chmod go-w {path.parent}$"):
        bind(path, None)
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o755, 0o711, 0o700, 0o1777])
def test_a_folder_in_which_others_change_nothing_of_ours_is_taken(path: Path, mode: int) -> None:
    path.parent.chmod(mode)
    with bind(path, None):
        assert mode_of(path.parent) == mode


def test_a_folder_of_another_user_is_refused_with_the_remedy(path: Path) -> None:
    require("root", present=os.geteuid() == 0)
    os.chown(path.parent, 65534, -1)
    with pytest.raises(ConfigError, match=rf"another user \(uid 65534\); type: chown 0 {path.parent}$"):
        bind(path, None)


def test_socket_and_new_folder_belong_to_the_group(tmp_path: Path) -> None:
    require("root", present=os.geteuid() == 0)
    path = tmp_path / "new" / "probed.sock"
    with bind(path, 60):
        assert (path.stat().st_gid, path.parent.stat().st_gid) == (60, 60)
        assert mode_of(path.parent) == 0o750


def test_a_folder_that_is_there_is_left_as_it_is(path: Path) -> None:
    path.parent.chmod(0o711)
    with bind(path, 60):
        assert mode_of(path.parent) == 0o711
        assert path.parent.stat().st_gid != 60


def test_a_path_that_is_too_long_is_refused_with_both_lengths(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 60)
    with pytest.raises(ConfigError, match=rf"bytes, a socket's path at most {MOST_PATH_BYTES}"):
        bind(path, None)


def test_the_longest_path_works(tmp_path: Path) -> None:
    name = "x" * (MOST_PATH_BYTES - len(os.fsencode(tmp_path)) - 1)
    with bind(tmp_path / name, None) as listener:
        listener.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / name))


def test_what_a_killed_daemon_left_is_replaced(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
        dead.listen()
    with bind(path, None) as listener:
        listener.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))


def test_a_daemon_that_listens_is_left_alone(path: Path) -> None:
    with bind(path, None) as listener:
        listener.listen()
        with pytest.raises(AlreadyRunning, match=r"probed\.sock"):
            bind(path, None)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))


def test_a_daemon_with_a_full_queue_is_left_alone(path: Path) -> None:
    with bind(path, None) as listener, socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
        listener.listen(0)
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(str(path))
        with pytest.raises(AlreadyRunning):
            bind(path, None)
        assert path.exists()


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_nothing_but_a_socket_is_ever_removed(path: Path, kind: str) -> None:
    if kind == "file":
        path.write_text("precious")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/etc/passwd")
    with pytest.raises(ConfigError, match="is no socket"):
        bind(path, None)
    assert path.is_symlink() or path.exists()


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"api\.socket: cannot listen at"):
        bind(tmp_path / "file" / "probed.sock", None)

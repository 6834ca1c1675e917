"""The listening Unix socket: bound by ourselves, so that it is never open to more than it should be."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from pathlib import Path

from probed.errors import AlreadyRunning, ConfigError

MODE = 0o660
FOLDER_MODE = 0o750
MOST_PATH_BYTES = 107
"""sun_path of sockaddr_un has 108, the last one is a NUL."""
PROBE_DEADLINE_S = 1.0


def bind(path: Path, group_gid: int | None) -> socket.socket:
    """A bound socket that does not listen yet, of mode 0660 and, where we may, of the group.

    Raises ConfigError where the path cannot be used, AlreadyRunning where somebody listens there.
    """
    length = len(os.fsencode(path))
    if length > MOST_PATH_BYTES:
        raise ConfigError("api.socket", 0, f"{path} has {length} bytes, a socket's path at most {MOST_PATH_BYTES}")
    try:
        _make_folder(path.parent, group_gid)
        _refuse_open(path.parent)
        _remove_stale(path)
        return _bind(path, group_gid)
    except OSError as error:
        raise ConfigError("api.socket", 0, f"cannot listen at {path}: {error.strerror}") from error


def identity(path: Path) -> tuple[int, int] | None:
    """What tells our socket file from another one that took its place."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _make_folder(folder: Path, group_gid: int | None) -> None:
    if folder.is_dir():
        return
    folder.mkdir(mode=FOLDER_MODE, parents=True)
    _give_to_group(folder, group_gid)


def _refuse_open(folder: Path) -> None:
    """Whoever can write the folder can put a socket of their own in the place of ours. In a sticky one they cannot."""
    status, own_uid = folder.stat(), os.geteuid()
    if status.st_uid not in (0, own_uid):
        reason = f"its folder {folder} belongs to another user (uid {status.st_uid}); type: chown {own_uid} {folder}"
        raise ConfigError("api.socket", 0, reason)
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not status.st_mode & stat.S_ISVTX:
        raise ConfigError("api.socket", 0, f"its folder {folder} can be changed by others; type: chmod go-w {folder}")


def _remove_stale(path: Path) -> None:
    """A socket file that a killed daemon left behind; nothing else is removed."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConfigError("api.socket", 0, f"{path} is there already and is no socket")
    if _somebody_listens(path):
        raise AlreadyRunning(f"another program listens at {path}")
    path.unlink()


def _somebody_listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_DEADLINE_S)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.ETIMEDOUT):  # its queue is full, so there is one
                return True
            raise
    return True


def _bind(path: Path, group_gid: int | None) -> socket.socket:
    """The mode of an unbound socket is what bind gives the file: it is narrow from the first moment, and widened once
    the file has its group. Unlike umask this touches nothing but our socket."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(listener.fileno(), 0o600)
        listener.bind(str(path))
        _widen(path, group_gid)
        listener.setblocking(False)
    except (OSError, ConfigError):
        listener.close()
        raise
    return listener


def _widen(path: Path, group_gid: int | None) -> None:
    """Through a descriptor of the file itself: what takes its place meanwhile, such as a link, is left as it is."""
    file = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        found = os.fstat(file)
        if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.geteuid():
            raise ConfigError("api.socket", 0, f"another file took the place of {path}")
        itself = Path(f"/proc/self/fd/{file}")
        _give_to_group(itself, group_gid)
        itself.chmod(MODE)
    finally:
        os.close(file)


def _give_to_group(path: Path, group_gid: int | None) -> None:
    if group_gid is not None:
        with contextlib.suppress(PermissionError):
            os.chown(path, -1, group_gid)

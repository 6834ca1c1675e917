"""The directories that the daemon needs, where systemd has not made them already."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from probed.config.trust import distrust_state_folder
from probed.errors import CannotPersist, ConfigError

OF_THE_DISK = (errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO)
"""What may be over at the next start, unlike a mistake of the configuration."""


def state_directory(path: Path) -> Path:
    """Make the folder of the monitor, for the daemon's own user alone. Raises ConfigError if it cannot be written, or
    others could change what is in it, and CannotPersist where its disk is full, failing or read-only.

    The mode of a folder that exists already is left to whoever made it.
    """
    _directory(path, 0o700, "monitor.path")
    if fault := distrust_state_folder(path):
        raise ConfigError(str(path), 0, f"the folder of monitor.path {fault}")
    return path


def socket_directory(path: Path) -> Path:
    """Make the folder of the socket. Others may pass through it: the socket itself decides who may connect."""
    return _directory(path, 0o755, "api.socket")


def _directory(path: Path, mode: int, key: str) -> Path:
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in OF_THE_DISK:
            raise CannotPersist(f"the folder of {key}, {path}, cannot be made: {error.strerror}") from error
        raise ConfigError(str(path), 0, f"the folder of {key} cannot be made: {error.strerror}") from error
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        raise CannotPersist(f"the folder of {key}, {path}, cannot be written: its file system is read-only")
    if not os.access(path, os.W_OK | os.X_OK, effective_ids=True):
        raise ConfigError(str(path), 0, f"the folder of {key} cannot be written by uid {os.geteuid()}")
    return path

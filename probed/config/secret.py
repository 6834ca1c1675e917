"""Secrets come from files that nobody else can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from probed.errors import ConfigError

MAX_BYTES = 4096


def read_secret(path: Path, key: str) -> str:
    """The one line in the file, without white space around it. `key` names the setting, as in `telegram.token_file`.

    Raises ConfigError with the command that mends it; the error never holds the content.
    """
    content = read_private(path, key)
    try:
        secret = content.decode("ascii").strip()
    except UnicodeDecodeError:
        secret = ""
    if not secret or len(content) > MAX_BYTES or not secret.isprintable() or " " in secret:
        raise ConfigError(str(path), 0, f"{key} has to hold one word of printable ASCII and nothing else")
    return secret


def read_private(path: Path, key: str) -> bytes:
    """What is in a file that nobody else can read, up to a byte more than a secret may have. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            _refuse_readable(path, key, os.fstat(file.fileno()))
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(str(path), 0, f"{key} cannot be read: {error.strerror}") from error


def _refuse_readable(path: Path, key: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(str(path), 0, f"{key} is not a regular file")
    if status.st_uid not in (0, os.geteuid()):
        raise ConfigError(
            str(path), 0, f"{key} belongs to another user (uid {status.st_uid}); type: chown {os.geteuid()} {path}"
        )
    if status.st_mode & 0o077:
        raise ConfigError(str(path), 0, f"{key} can be read by others; type: chmod 600 {path}")

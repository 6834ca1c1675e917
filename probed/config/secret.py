"""Secrets come from files that nobody else can read, from systemd's credentials, or from a program that prints them."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Discriminator, Tag

from probed.config.trust import SYSTEM_USER, distrust, user_name
from probed.errors import ConfigError

MAX_BYTES = 4096
DEADLINE_S = 10.0
SYSTEM_FOLDER = Path("/etc/cortex")
SERVICE_CREDENTIALS = Path("/run/credentials/cortex-probed.service")
FILE, COMMAND = "a file", "a command"


def _whole_path(argv: tuple[str, ...]) -> tuple[str, ...]:
    if not argv or not argv[0].startswith("/"):
        raise ValueError("expected a program by its absolute path, and its arguments")
    return argv


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretCommand:
    secret_command: Annotated[tuple[str, ...], AfterValidator(_whole_path)]
    """The program by its absolute path, and its arguments. What it prints is the secret."""

    def __str__(self) -> str:
        """Without its arguments, among which there may be a secret."""
        return self.secret_command[0]


def _kind(value: object) -> str:
    return COMMAND if isinstance(value, dict | SecretCommand) else FILE


Secret = Annotated[Annotated[Path, Tag(FILE)] | Annotated[SecretCommand, Tag(COMMAND)], Discriminator(_kind)]
"""The path of a file, or the command that prints what would be in it."""


def credentials_folder(config_folder: Path, environ: Mapping[str, str]) -> Path | None:
    """Where systemd has put the credentials of this service. Root, who looks at the system's configuration, finds those
    of the running one."""
    if given := environ.get("CREDENTIALS_DIRECTORY"):
        return Path(given)
    return SERVICE_CREDENTIALS if config_folder == SYSTEM_FOLDER and os.geteuid() == 0 else None


def shell_words(secret: Path | SecretCommand) -> tuple[str, ...]:
    """The command that prints the secret."""
    return secret.secret_command if isinstance(secret, SecretCommand) else ("cat", str(secret))


def read_secret(secret: Path | SecretCommand, key: str) -> str:
    """The one line that it is, without white space around it. `key` names the setting, as in `telegram.token_file`.

    Raises ConfigError with the command that mends it; the error never holds the content.
    """
    content = read_private(secret, key)
    try:
        word = content.decode("ascii").strip()
    except UnicodeDecodeError:
        word = ""
    if not word or len(content) > MAX_BYTES or not word.isprintable() or " " in word:
        raise ConfigError(str(secret), 0, f"{key} has to hold one word of printable ASCII and nothing else")
    return word


def read_private(secret: Path | SecretCommand, key: str) -> bytes:
    """What is in a file that nobody else can read, or what the command prints, up to a byte more than a secret may
    have; blocking. Raises ConfigError, which holds nothing of it."""
    return _printed(secret, key) if isinstance(secret, SecretCommand) else _content(secret, key)


def _printed(command: SecretCommand, key: str) -> bytes:
    from probed.host.command import run_command

    program = Path(command.secret_command[0])
    try:
        if reason := distrust(program.stat(), program):
            raise ConfigError(str(program), 0, f"{key}: the program {reason}")
        done = run_command(command.secret_command, deadline_s=DEADLINE_S, max_output_bytes=MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(str(program), 0, f"{key}: the program cannot be started: {error.strerror}") from error
    if done.exit_code != 0:
        how = f"gave no answer within {DEADLINE_S:g} s" if done.timed_out else f"ended with {done.exit_code}"
        raise ConfigError(str(program), 0, f"{key}: the program {how}; try it as the daemon's user")
    return done.stdout.encode(errors="surrogateescape")


def _content(path: Path, key: str) -> bytes:
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            _refuse_readable(path, key, os.fstat(file.fileno()))
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(str(path), 0, f"{key} cannot be read: {error.strerror}") from error


def _without_waiting(path: str, flags: int) -> int:
    """For a pipe that nobody writes to."""
    return os.open(path, flags | os.O_NONBLOCK)


def _refuse_readable(path: Path, key: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(str(path), 0, f"{key} is not a regular file")
    if not _may_own(status.st_uid):
        raise ConfigError(
            str(path), 0, f"{key} belongs to another user (uid {status.st_uid}); type: chown {os.geteuid()} {path}"
        )
    if status.st_mode & (0o037 if _is_credential(path) else 0o077):
        raise ConfigError(str(path), 0, f"{key} can be read by others; type: chmod 600 {path}")


def _may_own(uid: int) -> bool:
    """Root, who looks at the service's configuration, may find there what is the service's."""
    return uid in (0, os.geteuid()) or (os.geteuid() == 0 and user_name(uid) == SYSTEM_USER)


def _is_credential(path: Path) -> bool:
    """What systemd hands over may bear an ACL for the service's user, and then shows a group that can read."""
    return path.parent in (SERVICE_CREDENTIALS, Path(os.environ.get("CREDENTIALS_DIRECTORY", os.devnull)))

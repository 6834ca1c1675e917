"""The configuration itself, and who may change what the daemon obeys."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from probed.config.defaults import resolved
from probed.doctor.installation import Installation
from probed.doctor.line import Answer, fails, fails_as_told, passes


def configuration(installation: Installation) -> Answer:
    if installation.unusable and isinstance(installation.unusable.__cause__, PermissionError):
        return fails(str(installation.unusable), "run it as root: sudo cortexctl doctor")
    if installation.unusable:
        place = f" --config {installation.config}" if installation.config else ""
        return fails_as_told(installation.unusable, f"mend it, then: probed config check{place}")
    mode = f"mode {installation.settings.mode}" if installation.settings else ""
    return passes(f"{installation.config or 'built-in defaults, no file'}: {mode}")


def permissions(installation: Installation) -> Answer:
    """Secrets have their own lines, the agent's and Telegram's; so have the documents and the state."""
    if installation.insecure:
        return fails_as_told(installation.insecure, f"chmod go-w {installation.config}")
    for path, mode, meaning in _too_open(installation):
        return fails(f"{path} can be {meaning}", f"chmod {mode} {path}")
    return passes("nobody else can change the configuration or read the monitor")


def _too_open(installation: Installation) -> Iterator[tuple[Path, str, str]]:
    if installation.config and _is_anybodys(installation.config.absolute().parent):
        yield installation.config.absolute().parent, "o-w", "changed by everybody, and with it the configuration"
    if installation.settings:
        database = resolved(installation.settings.monitor.path)
        if _mode(database) & (stat.S_IROTH | stat.S_IWOTH):
            yield database, "600", "read by everybody"


def _is_anybodys(folder: Path) -> bool:
    """A sticky folder such as /tmp lets nobody touch the files of others."""
    mode = _mode(folder)
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def _mode(path: Path) -> int:
    try:
        return os.stat(path).st_mode
    except OSError:
        return 0

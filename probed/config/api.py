"""The `api` section: the Unix socket."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from probed.config.values import Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    socket: Path | None = None
    """Path of the socket, at most 107 bytes. Default: /run/cortex/probed.sock as root or user `cortex`, else
    cortex/probed.sock below $XDG_RUNTIME_DIR."""
    group: str = "cortex"
    """Group whose members may connect; the socket's mode is 0660. Ignored where the group does not exist."""
    admin_group: str = "cortex-admin"
    """Group whose members are administrators, as root and the daemon's own user are."""
    max_body_bytes: Annotated[int, Positive] = 1_048_576
    """Largest request body."""

"""The `api` section: the Unix socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from probed.config.secret import Secret
from probed.config.values import Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpSettings:
    listen: str | None = None
    """Address and port of this host alone, as in 127.0.0.1:9093, where Prometheus and amtool reach Alertmanager's API;
    without it there is none."""
    token_file: Secret | None = None
    """File of mode 0600 that holds the token which they have to send (`Authorization: Bearer …`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    socket: Path | None = None
    """Path of the socket, at most 107 bytes. Default: /run/cortex/probed.sock as root or user `cortex`, else
    cortex/probed.sock below $XDG_RUNTIME_DIR."""
    group: str = "cortex"
    """Group whose members may connect; the socket's mode is 0660. Ignored where the group does not exist."""
    members: Literal["viewer", "operator"] = "operator"
    """What they may do who are in `group` and no administrators: look, or also ask the model, run inspections,
    acknowledge, silence, begin maintenance and reject."""
    admin_group: str = "cortex-admin"
    """Group whose members are administrators, as root and the daemon's own user are."""
    max_body_bytes: Annotated[int, Positive] = 1_048_576
    """Largest request body; a burst of alerts (/api/v2/alerts) may be larger."""
    tcp: TcpSettings = field(default_factory=TcpSettings)
    """Alertmanager's part of the API over TCP."""

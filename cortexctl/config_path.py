"""Which configuration is meant, for what runs without a daemon."""

from __future__ import annotations

import os

from cortexctl.socket_path import users_socket
from probed.wire.paths import SYSTEM_SOCKET

SYSTEM_CONFIG = "/etc/cortex/config.yaml"


def config_options(given: str | None, socket: str) -> list[str]:
    """`--config FILE` for `probed`: the given one, else the one that belongs to the socket of a daemon that is not the
    system's; empty: the system's."""
    file = given or (None if socket == SYSTEM_SOCKET else _config_of(socket))
    return ["--config", file] if file else []


def _config_of(socket: str) -> str | None:
    """Beside it, as `./install.sh try` makes it, or where `./install.sh --user` does."""
    beside = os.path.join(os.path.dirname(socket), "config.yaml")
    folder = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    users = [os.path.join(folder, "cortex", "config.yaml")] if is_users(socket) else []
    return next((path for path in (beside, *users) if os.path.exists(path)), None)


def is_users(socket: str) -> bool:
    """Also where another variable, or none, says where that folder is."""
    return socket in (users_socket(), f"/run/user/{os.geteuid()}/cortex/probed.sock")

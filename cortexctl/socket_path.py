"""Which daemon is meant: where its socket is."""

from __future__ import annotations

import os
import sys

from probed.wire.paths import SYSTEM_SOCKET

ORDER = (
    "--socket, else $CORTEX_SOCKET, else the first that exists of: .cortex/probed.sock of the checkout that this "
    "program is installed in (./install.sh try); $XDG_RUNTIME_DIR/cortex/probed.sock (./install.sh --user); "
    f"{SYSTEM_SOCKET}, which is root's first. What needs no daemon reads the configuration that belongs to it"
)


def find_socket(given: str | None) -> str:
    """The path to connect to; the system's where no candidate exists, so that the error names it."""
    explicit = given or os.environ.get("CORTEX_SOCKET")
    if explicit:
        return explicit
    return next((path for path in candidates() if os.path.exists(path)), SYSTEM_SOCKET)


def candidates() -> list[str]:
    """A user's own come before the host's: root's own is the host's."""
    own = []
    if sys.prefix != sys.base_prefix:  # installed in a virtual environment, as ./install.sh try does it
        own.append(os.path.join(os.path.dirname(sys.prefix), ".cortex", "probed.sock"))
    own.append(users_socket())
    return [SYSTEM_SOCKET, *own] if os.geteuid() == 0 else [*own, SYSTEM_SOCKET]


def users_socket() -> str:
    """Of `./install.sh --user`; su and cron name no folder for it."""
    folder = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}"
    return os.path.join(folder, "cortex", "probed.sock")

"""Which daemon is meant: where its socket is."""

from __future__ import annotations

import os
import sys

from probed.wire.paths import SYSTEM_SOCKET

ORDER = (
    f"--socket, else $CORTEX_SOCKET, else the first that exists of: {SYSTEM_SOCKET}; .cortex/probed.sock of the "
    "checkout that this program is installed in (./install.sh try); $XDG_RUNTIME_DIR/cortex/probed.sock"
)


def find_socket(given: str | None) -> str:
    """The path to connect to; the system's where no candidate exists, so that the error names it."""
    explicit = given or os.environ.get("CORTEX_SOCKET")
    if explicit:
        return explicit
    return next((path for path in candidates() if os.path.exists(path)), SYSTEM_SOCKET)


def candidates() -> list[str]:
    paths = [SYSTEM_SOCKET]
    if sys.prefix != sys.base_prefix:  # installed in a virtual environment, as ./install.sh try does it
        paths.append(os.path.join(os.path.dirname(sys.prefix), ".cortex", "probed.sock"))
    if runtime_dir := os.environ.get("XDG_RUNTIME_DIR"):
        paths.append(os.path.join(runtime_dir, "cortex", "probed.sock"))
    return paths

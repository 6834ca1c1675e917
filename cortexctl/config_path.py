"""Which configuration is meant, for what runs without a daemon."""

from __future__ import annotations

import os

from probed.wire.paths import SYSTEM_SOCKET


def config_options(given: str | None, socket: str) -> list[str]:
    """`--config FILE` for `probed`: the given one, else the one beside the socket of a daemon that is not the system's
    (as `./install.sh try` makes it); empty: the system's."""
    if given:
        return ["--config", given]
    beside = os.path.join(os.path.dirname(socket), "config.yaml")
    return ["--config", beside] if socket != SYSTEM_SOCKET and os.path.exists(beside) else []

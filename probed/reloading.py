"""How the daemon that reads a configuration is told to take over what was written."""

from __future__ import annotations

import shlex
from pathlib import Path

from probed.config.defaults import resolved
from probed.config.settings import Settings
from probed.offline import SYSTEM_CONFIG


def reload_command(config: Path | None, settings: Settings) -> str:
    """`config`: that was named; `settings`: what stands there, with the defaults. To be typed as it is."""
    if (config or SYSTEM_CONFIG) == SYSTEM_CONFIG and SYSTEM_CONFIG.exists():
        return "sudo systemctl reload cortex-probed"
    socket = resolved(settings.api.socket).absolute()
    return f"cortexctl --socket {shlex.quote(str(socket))} config reload"

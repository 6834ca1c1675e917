"""How the daemon that reads a configuration is told to take over what was written."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from probed.config.defaults import resolved
from probed.config.settings import Settings
from probed.daemon.lock import NAME
from probed.offline import SYSTEM_CONFIG


def reload_command(config: Path | None, settings: Settings) -> str:
    """`config`: that was named; `settings`: what stands there, with the defaults. To be typed as it is."""
    if (config or SYSTEM_CONFIG) == SYSTEM_CONFIG and SYSTEM_CONFIG.exists():
        return "sudo systemctl reload cortex-probed"
    if config and config.absolute() == _users_config():
        return "systemctl --user reload cortex-probed"
    lock = resolved(settings.monitor.path).absolute().with_name(NAME)  # it names the process
    return f"kill -HUP $(cat {shlex.quote(str(lock))})"


def _users_config() -> Path:
    """Of `./install.sh --user`."""
    folder = os.environ.get("XDG_CONFIG_HOME")
    return (Path(folder) if folder else Path.home() / ".config") / "cortex" / "config.yaml"

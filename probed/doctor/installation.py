"""What is examined: a configuration, as far as it can be read, and the settings that follow from it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from probed.config.defaults import Surroundings, with_defaults
from probed.config.loader import MAX_BYTES, load_settings, parse_settings
from probed.config.settings import Settings
from probed.errors import ConfigError
from probed.offline import SYSTEM_CONFIG


@dataclass(frozen=True, slots=True)
class Installation:
    config: Path | None
    """None: the built-in defaults."""
    settings: Settings | None
    """With every default filled in; None where the configuration cannot be used."""
    unusable: ConfigError | None = None
    insecure: ConfigError | None = None
    """It could be used, were it not for who may change the file."""


def read_installation(config: Path | None) -> Installation:
    chosen = config or _system_config()
    if chosen is None:
        return _filled(None, Settings())
    try:
        return _filled(chosen, load_settings(chosen))
    except ConfigError as error:
        if not _is_changeable_by_others(chosen):
            return Installation(chosen, None, unusable=error)
        return _despite(error, chosen)


def _despite(refusal: ConfigError, chosen: Path) -> Installation:
    """What the file says, although the daemon does not listen to it as long as others may change it."""
    try:
        return _filled(chosen, parse_settings(chosen.read_text(), chosen), insecure=refusal)
    except ConfigError as error:
        return Installation(chosen, None, unusable=error, insecure=refusal)
    except (OSError, UnicodeDecodeError):
        return Installation(chosen, None, unusable=refusal)


def _is_changeable_by_others(path: Path) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    is_plain = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES
    return is_plain and (status.st_uid not in (0, os.geteuid()) or bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)))


def _system_config() -> Path | None:
    try:
        return SYSTEM_CONFIG if SYSTEM_CONFIG.exists() else None
    except PermissionError:
        return SYSTEM_CONFIG


def _filled(config: Path | None, settings: Settings, insecure: ConfigError | None = None) -> Installation:
    try:
        around = Surroundings.here(of_system=config == SYSTEM_CONFIG)
        return Installation(config, with_defaults(settings, around), insecure=insecure)
    except ConfigError as error:
        return Installation(config, None, unusable=error, insecure=insecure)

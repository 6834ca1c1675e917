"""What works without a running daemon: each function prints its result and returns an exit code."""

from __future__ import annotations

import os
import sys
from dataclasses import fields, is_dataclass
from importlib.metadata import version
from pathlib import Path

import yaml

from probed.actions.registry import build_actions
from probed.checks.registry import CheckRegistry
from probed.config.defaults import resolved, with_defaults
from probed.config.documents import load_documents
from probed.config.loader import load_settings
from probed.config.settings import Settings
from probed.errors import ConfigError

SYSTEM_CONFIG = Path("/etc/cortex/config.yaml")

from probed.core.redaction import mask

def effective_settings(path: Path | None) -> Settings:
    """The settings of `path`, else of the system's configuration, else the defaults. Raises ConfigError."""
    if path:
        return with_defaults(load_settings(path))
    try:
        return with_defaults(load_settings(SYSTEM_CONFIG) if SYSTEM_CONFIG.exists() else Settings())
    except PermissionError:
        reason = f"uid {os.geteuid()} may not read it; name another one with --config"
        raise ConfigError(str(SYSTEM_CONFIG), 0, reason) from None


def show_version() -> int:
    print(f"probed {version('cortex-ops')}")
    return 0


def check_config(path: Path | None) -> int:
    settings = effective_settings(path)
    print(f"{path or SYSTEM_CONFIG}: ok, mode {settings.mode}, inspections in {settings.inspections.dir}")
    return 0


def show_config(path: Path | None) -> int:
    yaml.safe_dump(plain(effective_settings(path)), sys.stdout, sort_keys=False, allow_unicode=True)
    return 0


def validate(path: Path | None, folder: Path | None) -> int:
    """Exit code 2 when a document is broken."""
    settings = effective_settings(path)
    place = folder or resolved(settings.inspections.dir)
    inspections, broken = load_documents(place, CheckRegistry(), build_actions(settings.actions).names())
    for inspection in inspections:
        print(f"{inspection.path}: ok, {inspection.id}, {inspection.schedule}, {len(inspection.checks)} checks")
    for document in broken:
        print(document, file=sys.stderr)
    return 2 if broken else 0


def plain(value: object) -> object:
    """Settings as what YAML can write. A secret in a wrong place, such as a token instead of its file, is masked."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Path | str):
        return mask(str(value))
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value

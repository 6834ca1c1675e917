"""Where things are when the configuration does not say."""

from __future__ import annotations

import os
import pwd
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import probed
from probed.config.actions import HelperSettings
from probed.config.sanity import socket_path_problem
from probed.config.settings import Settings
from probed.config.trust import SYSTEM_USER
from probed.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the defaults depend on."""

    is_system: bool
    """The daemon of the whole machine, run by root or by the user `cortex`."""
    environ: Mapping[str, str]
    root: Path = Path("/")
    is_root: bool = False

    @classmethod
    def here(cls, *, of_system: bool = False, is_shown: bool = False) -> Surroundings:
        """`of_system`: what is asked for is the system's configuration, whoever looks at it. `is_shown`: it is the
        service's own, which root only looks at."""
        uid = os.geteuid()
        is_system = of_system or uid == 0 or _user_name(uid) == SYSTEM_USER
        is_services = of_system and is_shown and _is_user(SYSTEM_USER)
        return cls(is_system=is_system, environ=os.environ, is_root=uid == 0 and not is_services)


def with_defaults(settings: Settings, surroundings: Surroundings | None = None) -> Settings:
    """The settings with every path and the host's name filled in. Raises ConfigError where no place is known."""
    around = surroundings or Surroundings.here()
    socket_path = settings.api.socket or default_socket(around)
    if reason := socket_path_problem(socket_path):
        raise ConfigError(str(socket_path), 0, f"api.socket: {reason}")
    monitor = settings.monitor.path or default_monitor(around)
    return replace(
        settings,
        host=settings.host or socket.gethostname(),
        api=replace(settings.api, socket=socket_path),
        monitor=replace(settings.monitor, path=monitor),
        backup=replace(settings.backup, dir=settings.backup.dir or monitor.with_name("backups")),
        inspections=replace(settings.inspections, dir=settings.inspections.dir or default_inspections(around)),
        actions=replace(
            settings.actions, helper=HelperSettings(socket=settings.actions.helper.socket or default_helper(around))
        ),
    )


def resolved(path: Path | None) -> Path:
    """A path that `with_defaults` has filled in."""
    if path is None:
        raise ConfigError("the configuration", 0, "its defaults were not filled in")
    return path


def default_socket(around: Surroundings) -> Path:
    if around.is_system:
        return around.root / "run/cortex/probed.sock"
    folder = around.environ.get("XDG_RUNTIME_DIR", "")
    if not folder:
        raise ConfigError("api.socket", 0, "XDG_RUNTIME_DIR is not set; give the path of the socket as api.socket")
    return Path(folder) / "cortex/probed.sock"


def default_helper(around: Surroundings) -> Path | None:
    """Root's daemon needs none, and any other user's is not heard by it."""
    return around.root / "run/cortex-helper.sock" if around.is_system and not around.is_root else None


def default_monitor(around: Surroundings) -> Path:
    if around.is_system:
        return around.root / "var/lib/cortex/monitor.db"
    folder = around.environ.get("XDG_STATE_HOME", "")
    return (Path(folder) if folder else Path.home() / ".local/state") / "cortex/monitor.db"


def default_inspections(around: Surroundings) -> Path:
    """The host's own folder, else the documents that came with the program: installed, or in its checkout."""
    places = (
        around.root / "etc/cortex/inspections",
        Path(sys.prefix) / "share/cortex/inspections",
        Path(probed.__file__).parent.parent / "inspections",
    )
    return next((place for place in places if place.is_dir()), places[0])


def _is_user(name: str) -> bool:
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""

"""`probed config history` and `rollback`: the configurations that were in force, and how one is put back."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from probed.config.defaults import Surroundings, resolved, with_defaults
from probed.config.settings import Settings
from probed.configuration_copies import Copies, hash_of
from probed.errors import ConfigError, CortexError
from probed.offline import SYSTEM_CONFIG, configuration_file, effective_settings

REPLACED = ".replaced"
NEW = ".new"


def show(config: Path | None, *, as_json: bool) -> int:
    file = _file(config)
    written, known = hash_of(_read(file)), _copies(file).all()
    if as_json:
        items = [{"name": copy.name, "at": copy.at.isoformat(), "is_written": copy.hash == written} for copy in known]
        print(json.dumps({"items": items}, indent=2))
    for copy in () if as_json else known:
        note = f"  as {file} is now" if copy.hash == written else ""
        print(f"{copy.name}  {copy.at.astimezone():%Y-%m-%d %H:%M:%S}{note}")
    if not known:
        print("none was in force yet", file=sys.stderr)
    return 0


def go(config: Path | None, name: str) -> int:
    """Written only once it was read as the daemon would. Raises ConfigError, NotFound, CortexError."""
    file = _file(config)
    present = _read(file)
    copy = _copies(file).wanted(name, present)
    if copy.hash == hash_of(present):
        print(f"{file} is {copy.name} already")
        return 0
    new, replaced = file.with_name(file.name + NEW), file.with_name(file.name + REPLACED)
    try:
        _write(new, copy.path.read_bytes(), like=file)
        try:
            effective_settings(new)
        except ConfigError as error:
            raise CortexError(f"{copy.name} cannot be used any more: {error.reason}") from error
        _write(replaced, present, like=file)
        new.replace(file)
    except OSError as error:
        raise CortexError(f"{error.filename} cannot be written: {error.strerror}; try it with sudo") from error
    finally:
        if os.access(file.parent, os.W_OK):
            new.unlink(missing_ok=True)
    print(f"{file} is {copy.name} again, which came into force {copy.at.astimezone():%Y-%m-%d %H:%M:%S}")
    print(f"what it was until now is in {replaced}")
    return 0


def _file(config: Path | None) -> Path:
    """Raises CortexError where there is none."""
    file = configuration_file(config)
    if not file:
        raise CortexError(f"there is no {SYSTEM_CONFIG}; name another configuration with --config")
    return file


def _read(file: Path) -> bytes:
    """Empty where it was removed: that can be mended, too."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise CortexError(f"{file} cannot be read: {error.strerror}; try it with sudo") from error


def _copies(file: Path) -> Copies:
    """Where the database is by a configuration that can be used; by one that cannot, where it is by default, or beside
    the file."""
    try:
        settings = effective_settings(file)
    except ConfigError:
        around = Surroundings.here(of_system=file == SYSTEM_CONFIG)
        beside = Copies(file.absolute().parent)
        return beside if beside.all() else Copies(resolved(with_defaults(Settings(), around).monitor.path).parent)
    return Copies(resolved(settings.monitor.path).parent)


def _write(path: Path, content: bytes, *, like: Path) -> None:
    """With the owner and the mode of `like`. Raises OSError."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        if like.exists():
            status = like.stat()
            os.fchown(file.fileno(), status.st_uid, status.st_gid)
            os.fchmod(file.fileno(), status.st_mode & 0o777)

"""`probed config history` and `rollback`: the configurations that were in force, and how one is put back."""

from __future__ import annotations

import json
import os
import sys
from difflib import unified_diff
from pathlib import Path

from probed.config.defaults import Surroundings, resolved, with_defaults
from probed.config.settings import Settings
from probed.configuration_copies import Copies, Copy, hash_of
from probed.daemon.logging import HARMLESS
from probed.errors import ConfigError, CortexError
from probed.offline import SYSTEM_CONFIG, configuration_file, effective_settings

REPLACED = ".replaced"
NEW = ".new"
ROOT = 0


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


def go(config: Path | None, name: str, *, is_sure: bool) -> int:
    """Written only once it was read as the daemon would; where root would put back what root does not own, only once a
    person has seen what changes, or `is_sure`. Raises ConfigError, NotFound, CortexError."""
    file = _file(config)
    present = _read(file)
    copy = _copies(file).wanted(name, present)
    if copy.hash == hash_of(present):
        print(f"{file} is {copy.name} already")
        return 0
    text, owner = copy.read()
    if os.geteuid() == ROOT != owner and not is_sure:
        _ask(file, present, copy, text)
    replaced = _put_back(file.resolve(), present, copy, text)
    print(f"{file} is {copy.name} again, which came into force {copy.at.astimezone():%Y-%m-%d %H:%M:%S}")
    print(f"what it was until now is in {replaced}")
    return 0


def _ask(file: Path, present: bytes, copy: Copy, text: bytes) -> None:
    """Raises CortexError where the answer is no, or nobody can be asked."""
    before, after = (each.decode(errors="replace").splitlines() for each in (present, text))
    for line in unified_diff(before, after, str(file), copy.name, lineterm=""):
        print(line.translate(HARMLESS))
    sys.stdout.flush()
    if not sys.stdin.isatty():
        raise CortexError(f"{copy.path} is not root's, and there is no terminal to ask on: read it, and say --yes")
    try:
        answer = input(f"{copy.path} is not root's. Write it to {file}? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise CortexError("nothing was written")


def _put_back(file: Path, present: bytes, copy: Copy, text: bytes) -> Path:
    """Where what it was until now is kept. Nobody else can read the new one until it is known to be a configuration.
    Raises CortexError."""
    new, replaced = file.with_name(file.name + NEW), file.with_name(file.name + REPLACED)
    try:
        _write(new, text)
        try:
            effective_settings(new)
        except ConfigError as error:
            raise CortexError(f"{copy.name} cannot be used any more: {error.reason}") from error
        _write(replaced, present)
        if file.exists():
            _take_over_rights(file, replaced)
            _take_over_rights(file, new)
        new.replace(file)
    except OSError as error:
        words = f"{error.filename or new} cannot be written: {error.strerror}"
        raise CortexError(f"{words}; try it with sudo" if isinstance(error, PermissionError) else words) from error
    finally:
        if os.access(file.parent, os.W_OK):
            new.unlink(missing_ok=True)
    return replaced


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
        remedy = "; try it with sudo" if isinstance(error, PermissionError) else ""
        raise CortexError(f"{file} cannot be read: {error.strerror}{remedy}") from error


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


def _write(path: Path, content: bytes) -> None:
    """For nobody else to read. Raises OSError."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _take_over_rights(file: Path, target: Path) -> None:
    """Owner and mode. Raises OSError."""
    status = file.stat()
    os.chown(target, status.st_uid, status.st_gid, follow_symlinks=False)
    target.chmod(status.st_mode & 0o777)

"""What OpenSSH's server has been told: by its own word, or where it gives none, as its files say it."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from probed.errors import HostFailed, NotHere
from probed.host.command import Completed, run_command

CONFIG = "/etc/ssh/sshd_config"
PATH = "/usr/sbin:/usr/local/sbin:/sbin"
"""Where it is beside the programs of everybody."""
DEADLINE_S = 10.0
MOST_BYTES = 1_048_576
MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class Settings:
    values: Mapping[str, str]
    """By name in small letters; only those that are not repeated for many things."""
    effective: bool
    """False: as far as the files say it, without the defaults of the program."""
    reason: str = ""
    """Why they are not the effective ones."""


def settings(config: str = CONFIG) -> Settings:
    """Outside of `Match`. Raises NotHere where there is no server or its files may not be read, HostFailed."""
    server = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:{PATH}")
    if not server and not os.path.exists(config):
        raise NotHere("the SSH server")
    if not os.access(config, os.R_OK):
        raise NotHere(f"the settings of the SSH server in {config}", "let the daemon's user read that file")
    said = _ask(server, config) if server else None
    if said and said.exit_code == 0:
        return Settings(dict(_pair(line) for line in reversed(said.stdout.splitlines()) if line), effective=True)
    return Settings(_written(config), effective=False, reason=said.stderr.strip() if said else "sshd is not installed")


def _ask(server: str, config: str) -> Completed:
    """It refuses to tell anything to somebody who may not read its keys; then any other key will do."""
    said = run_command([server, "-T", "-f", config], deadline_s=DEADLINE_S)
    keygen = shutil.which("ssh-keygen")
    if said.exit_code == 0 or "no hostkeys" not in said.stderr or not keygen:
        return said
    try:
        with tempfile.TemporaryDirectory(dir=os.environ.get("RUNTIME_DIRECTORY")) as folder:
            key = f"{folder}/key"
            run_command([keygen, "-q", "-t", "ed25519", "-N", "", "-f", key], deadline_s=DEADLINE_S)
            return run_command([server, "-T", "-f", config, "-h", key], deadline_s=DEADLINE_S)
    except OSError:  # in a sandbox without a folder that can be written
        return said


def _written(config: str) -> dict[str, str]:
    """The first value of a setting counts, as for sshd."""
    values: dict[str, str] = {}
    for name, value in _lines(config, os.path.dirname(config), depth=0):
        values.setdefault(name, value)
    return values


def _lines(path: str, folder: str, depth: int) -> Iterator[tuple[str, str]]:
    """Of the file and of those it includes, but for what is under a condition."""
    conditional = False
    for line in _text(path).splitlines():
        name, value = _pair(line.partition("#")[0])
        if name == "match":
            conditional = value.lower() != "all"
        elif name == "include" and not conditional and depth < 16:
            for pattern in value.split():
                for included in sorted(glob.glob(os.path.join(folder, pattern)))[:MOST_FILES]:
                    yield from _lines(included, folder, depth + 1)
        elif name and not conditional:
            yield name, value


def _text(path: str) -> str:
    try:
        with open(path, errors="replace") as file:
            return file.read(MOST_BYTES)
    except PermissionError:
        raise NotHere(f"the settings of the SSH server in {path}", "let the daemon's user read that file") from None
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.strip().replace("=", " ", 1).partition(" ")
    return name.lower(), value.replace("\t", " ").strip().strip('"')

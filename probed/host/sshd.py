"""What OpenSSH's server has been told: by its own word, or where it gives none, as its files say it."""

from __future__ import annotations

import glob
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from probed.errors import HostFailed, NotHere
from probed.host.command import Completed, run_command
from probed.host.files import at_once

CONFIG = "/etc/ssh/sshd_config"
PATH = "/usr/sbin:/usr/local/sbin:/sbin"
"""Where it is beside the programs of everybody."""
DEADLINE_S = 10.0
MOST_BYTES = 1_048_576
MOST_FILES = 100
INCLUDE = re.compile(r"^\s*include[\s=]+(.*)$", re.IGNORECASE | re.MULTILINE)
KEPT_S = 3600.0
"""Then it is asked again, whatever it reads: its libraries may have changed."""


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
    said = _asked(server, config) if server else None
    if said and said.exit_code == 0:
        return Settings(dict(_pair(line) for line in reversed(said.stdout.splitlines()) if line), effective=True)
    return Settings(_written(config), effective=False, reason=said.stderr.strip() if said else "sshd is not installed")


@dataclass(frozen=True, slots=True)
class _Answer:
    said: Completed
    at: float
    """On the monotonic clock."""
    mark: object


_answers: dict[tuple[str, str], _Answer] = {}
"""By server and its file, while the program and all that it reads are the same."""


def _asked(server: str, config: str) -> Completed:
    """Only what it said of its own accord is kept: what hindered it may pass without a change of its files."""
    mark, known = _mark(server, config), _answers.get((server, config))
    if known and mark and known.mark == mark and time.monotonic() - known.at < KEPT_S:
        return known.said
    said = _ask(server, config)
    if said.exit_code == 0:
        _answers[server, config] = _Answer(said, time.monotonic(), mark)
    return said


def _mark(server: str, config: str) -> object:
    """What it is, and what it is told word for word; None where that is too much."""
    found = os.stat(server)
    texts: dict[str, str] = {}
    _gather(config, texts)
    if len(texts) >= MOST_FILES:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns), texts


def _gather(path: str, texts: dict[str, str]) -> None:
    """The text of the file and of those that it may include, under whatever condition."""
    try:
        texts[path] = _text(path)
    except (NotHere, HostFailed) as failed:
        texts[path] = f"{failed}"
    for patterns in INCLUDE.findall(texts[path]):
        for included in _included(patterns):
            if included not in texts and len(texts) < MOST_FILES:
                _gather(included, texts)


def _included(patterns: str) -> Iterator[str]:
    """What is relative is so to the server's own folder."""
    for pattern in patterns.replace('"', " ").split():
        yield from sorted(glob.glob(os.path.join(os.path.dirname(CONFIG), pattern)))[:MOST_FILES]


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
        with open(path, errors="replace", opener=at_once) as file:
            return file.read(MOST_BYTES)
    except PermissionError:
        raise NotHere(f"the settings of the SSH server in {path}", "let the daemon's user read that file") from None
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.strip().replace("=", " ", 1).partition(" ")
    return name.lower(), value.replace("\t", " ").strip().strip('"')

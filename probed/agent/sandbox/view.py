"""What a program sees of the host where a sandbox is made for it: what programs are made of, and nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import probed
from probed.agent.sandbox.program import Program

USR = Path("/usr")
LINKED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
"""Links into /usr on most hosts, folders on some."""
LIBRARIES = (
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/certs",
)
"""What programs need to find others, their libraries, the time of day and whom to trust."""


@dataclass(frozen=True, slots=True)
class View:
    paths: tuple[Path, ...]
    """Files and folders that are there to be read, at the same paths as on the host."""
    program: str
    """How the program is called in it: as it was, or where that is not to be seen, by its own name without links."""


def view_for(program: Program, readable: Sequence[str]) -> View:
    """`readable`: as configured. Blocking."""
    named = (os.path.realpath(name) for name in (program.argv[0], *program.shown))
    files = [_package_of(Path(name)) for name in named if os.path.isfile(name)]
    wanted = [USR, *map(Path, (*LINKED, *LIBRARIES)), *_ours(), *files, *map(Path, readable)]
    there = {path for path in wanted if os.path.exists(path)}  # also where somebody may not look
    there |= {path.resolve() for path in there}  # a link is worth what it leads to
    paths = tuple(path for path in sorted(there) if not there & set(path.parents))
    called = Path(program.argv[0])
    return View(paths, program.argv[0] if there & {called, *called.parents} else os.path.realpath(called))


def _ours() -> Iterator[Path]:
    """The interpreter and the two packages: the probes' server is a part of them. Not the folder that these lie in:
    in a checkout that is where the state of a trial lies, too."""
    root = Path(probed.__file__).parent.parent
    yield from (root / "probed", root / "cortexctl", Path(sys.prefix), Path(sys.base_prefix))


def _package_of(file: Path) -> Path:
    """A script of npm's needs what its package has beside it; of anything else only the file is shown."""
    folders = (folder for folder in file.parents if (folder / "package.json").exists())
    return next((folder for folder in folders if "node_modules" in folder.parent.parts[-2:]), file)

"""Things that break while others watch them: a process that is killed, a file system that fills up, a port that closes.

The same thing is watched by everybody at once: Cortex names it in a document, monit in its configuration, and whoever
looks at a host by itself sees it among the rest.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.real.filesystems import fill, tmpfs

FULL_PERCENT = 85.0


@dataclass(frozen=True, slots=True)
class Thing:
    kind: str
    name: str
    """Of the object, as Cortex's findings have it."""
    check: str
    """A document's item."""
    monit: str
    """A service of monit, up to what is to happen."""
    break_it: Callable[[], object]


@contextmanager
def things(folder: Path, number: int) -> Iterator[tuple[Thing, ...]]:
    """One of each kind."""
    with ExitStack() as stack:
        yield (
            _process(stack, folder, f"watched-{number}"),
            _file_system(stack, folder / f"disk-{number}"),
            _port(stack, number),
        )


def _process(stack: ExitStack, folder: Path, name: str) -> Thing:
    shutil.copy("/bin/sleep", folder / name)
    process = subprocess.Popen([folder / name, "10000"])
    pid_file = folder / f"{name}.pid"
    pid_file.write_text(str(process.pid))

    def end() -> None:
        process.kill()
        process.wait()

    stack.callback(end)
    check = f"processes: {{name: {name}, for: 0s}}"
    return Thing(
        "a service is killed", name, check, f"check process {name} with pidfile {pid_file}\nif does not exist", end
    )


def _file_system(stack: ExitStack, folder: Path) -> Thing:
    stack.enter_context(tmpfs(folder))
    bound = f"{FULL_PERCENT:.0f}%"
    return Thing(
        "a disk fills up",
        str(folder),
        f"disk: {{mounts: {folder}, warning: {bound}}}",
        f"check filesystem {folder.name} with path {folder}\nif space usage > {bound}",
        lambda: fill(folder, 99),
    )


def _port(stack: ExitStack, number: int) -> Thing:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
    port = listener.getsockname()[1]
    return Thing(
        "a port closes",
        f"127.0.0.1:{port}",
        f"tcp_port: {{port: {port}}}",
        f"check host port-{number} with address 127.0.0.1\nif failed port {port}",
        listener.close,
    )

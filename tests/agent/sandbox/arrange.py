"""A host with something to get at, and a hostile program in a sandbox on it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probed.agent.sandbox.program import Program, Sandbox, passed_environment

HOSTILE = Path(__file__).with_name("hostile.py").read_text()
PYTHON = "/usr/bin/python3"


@dataclass(frozen=True)
class Prey:
    """What belongs to the daemon, or to the host."""

    folder: Path
    secret: Path
    daemon: int
    """A process with a secret in its environment."""
    sockets: tuple[str, ...]
    port: int

    def told(self) -> dict[str, Any]:
        return {
            "folders": [str(self.folder), "/var/lib", "/etc", "/usr/local/bin"],
            "everywhere": True,
            "secrets": [str(self.secret)],
            "daemon": self.daemon,
            "sockets": [*self.sockets, "/run/docker.sock", "/run/systemd/private", "/run/dbus/system_bus_socket"],
            "tcp": [("127.0.0.1", self.port), ("localhost", self.port), (_own_address(), self.port)],
            "udp": [("127.0.0.1", self.port)],
        }

    def is_untouched(self) -> bool:
        state = Path(f"/proc/{self.daemon}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "S" and not list(self.folder.glob("cortex-escape*"))


@contextlib.contextmanager
def prey_in(folder: Path) -> Iterator[Prey]:
    secret = folder / "secret"
    secret.write_text("hidden")
    secret.chmod(0o644)  # what nobody may see needs no mode to be hidden
    paths = (str(folder / "api.sock"), f"@cortex-test-{secrets.token_hex(8)}")
    with contextlib.ExitStack() as stack:
        for path in paths:
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind("\0" + path[1:] if path.startswith("@") else path)
            listener.listen()
        os.chmod(paths[0], 0o666)
        tcp = stack.enter_context(socket.create_server(("0.0.0.0", 0)))
        port = tcp.getsockname()[1]
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", port))
        threading.Thread(target=_echo, args=(udp,), daemon=True).start()
        daemon = stack.enter_context(subprocess.Popen(["sleep", "300"], env={"SECRET": "hidden"}))
        try:
            yield Prey(folder, secret, daemon.pid, paths, port)
        finally:
            daemon.kill()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"end", ("127.0.0.1", port))


@dataclass(frozen=True)
class Outcome:
    achieved: Any
    """What the attempt tells that it achieved; None where it did not come to that."""
    exit_code: int | None
    stderr: str


async def attempt(sandbox: Sandbox, name: str, told: dict[str, Any], within_s: float = 30.0) -> Outcome:
    place = sandbox.place({})
    argv = [PYTHON, "-c", HOSTILE, name, json.dumps(told)]
    env = {**passed_environment(), "HOME": str(place.home)}
    said, until = b"", time.monotonic() + within_s
    async with sandbox.running(Program(place, argv, env, deadline=until)) as child:
        while (chunk := await child.read()) and time.monotonic() < until:
            said += chunk
    return Outcome(json.loads(said) if said.endswith(b"\n") else None, child.exit_code, child.stderr)


def is_running(*argv: str) -> bool:
    """Somewhere on this host, whoever's it is."""
    wanted = "\0".join(argv).encode() + b"\0"
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if path.read_bytes() == wanted:
                return True
    return False


def _echo(udp: socket.socket) -> None:
    while True:
        with contextlib.suppress(OSError):
            said, who = udp.recvfrom(64)
            if said == b"end":
                return
            udp.sendto(said, who)


def _own_address() -> str:
    """Of an interface to the outside, where there is one."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(("192.0.2.1", 9))
        return str(asking.getsockname()[0])
    return "127.0.0.2"

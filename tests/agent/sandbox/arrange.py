"""A host with something to get at, and a hostile program in a sandbox on it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probed.agent.sandbox.program import Program, Sandbox, passed_environment
from probed.config.agent import ProgramLimits

HOSTILE = Path(__file__).with_name("hostile.py").read_text()
PYTHON = "/usr/bin/python3"
GONE_WITHIN_S = 60.0
"""Far less than what is left behind would take; the kernel and systemd end it, and a busy host lets them wait."""


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


async def attempt(sandbox: Sandbox, name: str, told: dict[str, Any], within_s: float = 120.0) -> Outcome:
    said, until = b"", time.monotonic() + within_s
    async with sandbox.running(hostile_program(sandbox, name, told, until)) as child:
        while (chunk := await child.read()) and time.monotonic() < until:
            said += chunk
    return Outcome(json.loads(said) if said.endswith(b"\n") else None, child.exit_code, child.stderr)


async def _first_words(sandbox: Sandbox, name: str, told: dict[str, Any], within_s: float = 60.0) -> bytes:
    """Ends the run with them."""
    async with (
        asyncio.timeout(within_s),
        sandbox.running(hostile_program(sandbox, name, told, time.monotonic() + within_s)) as child,
    ):
        return await child.read()


def hostile_program(sandbox: Sandbox, name: str, told: dict[str, Any], deadline: float) -> Program:
    place = sandbox.place({})
    argv = [PYTHON, "-c", HOSTILE, name, json.dumps(told)]
    return Program(place, argv, {**passed_environment(), "HOME": str(place.home)}, deadline=deadline)


TARGETS = ("write_outside", "read_secrets", "touch_the_daemon", "reach_sockets", "reach_network", "gain_rights")


async def outcomes(sandbox: Sandbox, folder: Path, limits: ProgramLimits, **more: Sequence[str]) -> dict[str, Any]:
    """What came of each attempt, by its name; `untouched`: the prey is. `more`: further targets, by their kind."""
    found: dict[str, Any] = {}
    with prey_in(folder) as prey:
        told = prey.told()
        for kind, targets in more.items():
            told[kind] = [*told[kind], *targets]
        for name in TARGETS:
            found[name] = (await attempt(sandbox, name, told)).achieved
        found["untouched"] = prey.is_untouched()
    found["fill"] = (await attempt(sandbox, "fill", {"most": limits.disk})).achieved
    for name, most in (("bomb", limits.processes), ("eat", limits.memory), ("eat_together", limits.memory)):
        found[name] = (await beyond(sandbox, name, most)).achieved
    for name in ("outlive", "hold_on"):
        found[name] = await outlives(sandbox, name)
    return found


async def beyond(sandbox: Sandbox, name: str, most: int) -> Outcome:
    """What comes of trying four times as much as is allowed. Half of that much can be had: it is the limit that ends
    the attempt, and nothing else."""
    within = most // 8
    half = {"bomb": 4 * within, "eat": 4 * within // 2**20, "eat_together": 8 * (within // 3)}
    had = await attempt(sandbox, name, {"most": within})
    assert had.achieved == half[name], had
    return await attempt(sandbox, name, {"most": most})


async def outlives(sandbox: Sandbox, name: str) -> bool:
    """Whether something of it still runs when the run is over, which is as soon as it has done what it tries."""
    seconds = f"300.{secrets.randbelow(10**9)}"
    said = await _first_words(sandbox, name, {"seconds": seconds})
    assert said.strip() in (b'"started"', b'"held on"'), said
    return not await asyncio.to_thread(ends, "sleep", seconds)


def ends(*argv: str) -> bool:
    """Blocking: whether it does, well before its own time."""
    until = time.monotonic() + GONE_WITHIN_S
    while is_running(*argv):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def as_ordinary_user(work: Callable[[], Any], uid: int) -> Any:
    """What it returns, in a process of that user's with what is loaded here: JSON."""
    reader, writer = os.pipe()
    if (child := os.fork()) == 0:
        try:
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
            os.write(writer, json.dumps(work()).encode())
        except BaseException as error:  # noqa: BLE001  # told by the caller
            os.write(writer, json.dumps({"error": repr(error)}).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as said:
        told = said.read()
    os.waitpid(child, 0)
    found = json.loads(told)
    assert "error" not in found, found
    return found


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

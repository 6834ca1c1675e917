"""What a program would try that wants out, in the place of the model's: `python3 hostile.py ATTEMPT JSON`. It prints,
as JSON, what it achieved: nothing where the sandbox holds. Standard library only: it runs where nothing else is seen.

Nothing of it may run unconfined but `write_outside` (not `everywhere`), `read_secrets`, `touch_the_daemon`, `reach_…`.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

CANARY = "cortex-escape-canary"
PTRACE_ATTACH = 16


def write_outside(told: dict[str, Any]) -> list[str]:
    """Folders that take a file."""
    wrote = []
    for folder in [*(_folders("/", 3) if told["everywhere"] else ()), *told["folders"]]:
        with contextlib.suppress(OSError):
            path = Path(folder, CANARY)
            path.write_text("out")
            wrote.append(folder)
            if folder not in told["folders"]:
                path.unlink()
    return wrote


def read_secrets(told: dict[str, Any]) -> list[str]:
    daemon = told["daemon"]
    of_daemon = [f"/proc/{daemon}/{name}" for name in ("environ", "mem", "root/etc/hostname", "cwd/.", "fd")]
    found = []
    for path in [
        *told["secrets"],
        *of_daemon,
        "/etc/shadow",
        "/etc/cortex/config.yaml",
        "/var/lib/cortex",
        "/root/.ssh",
    ]:
        with contextlib.suppress(OSError):
            if os.path.isdir(path):
                os.listdir(path)
            else:
                with open(path, "rb") as file:
                    file.read(1)
            found.append(path)
    return found


def touch_the_daemon(told: dict[str, Any]) -> list[str]:
    done = []
    for name, act in (("SIGCONT", signal.SIGCONT), ("SIGTERM", signal.SIGTERM)):
        with contextlib.suppress(OSError):
            os.kill(told["daemon"], act)
            done.append(name)
    if ctypes.CDLL(None, use_errno=True).ptrace(PTRACE_ATTACH, told["daemon"], 0, 0) == 0:
        done.append("ptrace")
    return done


def reach_sockets(told: dict[str, Any]) -> list[str]:
    reached = []
    for path in told["sockets"]:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, kind) as asking:
                asking.connect("\0" + path[1:] if path.startswith("@") else path)
                reached.append(path)
    return reached


def reach_network(told: dict[str, Any]) -> list[str]:
    reached = []
    for host, port in told["tcp"]:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            reached.append(f"tcp {host}")
    for host, port in told["udp"]:
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(0.5)
            asking.sendto(b"out", (host, port))
            asking.recv(16)
            reached.append(f"udp {host}")
    with contextlib.suppress(OSError):
        socket.getaddrinfo("www.debian.org", 80)
        reached.append("dns")
    return reached


def gain_rights(told: dict[str, Any]) -> list[str]:
    libc = ctypes.CDLL(None, use_errno=True)
    gained = []
    with contextlib.suppress(OSError):
        os.setuid(0)
    status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    for name in ("CapEff", "CapPrm", "CapAmb"):
        if int(status[name], 16):
            gained.append(name)
    if status["NoNewPrivs"] != "1":
        gained.append("may gain privileges")
    if os.getuid() == 0:
        gained.append("root")
    if libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None) == 0:
        gained.append("mount")
    return gained


def bomb(told: dict[str, Any]) -> int:
    """How many processes it could have at once, those before it not counted."""
    children = list[int]()
    with contextlib.suppress(OSError):
        while len(children) < told["most"] * 4:
            if (child := os.fork()) == 0:
                time.sleep(60)
                os._exit(0)
            children.append(child)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return len(children)


def fill(told: dict[str, Any]) -> dict[str, int]:
    """How much the folders that take anything take, up to four times what they may."""
    return {folder: _filled(Path(folder, "filler"), told["most"] * 4) for folder in _folders("/", 3) if _takes(folder)}


def eat(told: dict[str, Any]) -> int:
    held = list[bytes]()
    while len(held) * 2**20 < told["most"] * 4:
        held.append(b"x" * 2**20)
    return len(held)


def eat_together(told: dict[str, Any]) -> int:
    """What several hold in the end, none of which has more than one may have."""
    each, children = int(told["most"]) // 3, list[int]()
    told_by, tell = os.pipe()
    for _ in range(8):
        if (child := os.fork()) == 0:
            os.close(told_by)
            held = b"x" * each
            os.write(tell, held[:1])
            time.sleep(60)
            os._exit(0)
        children.append(child)
    os.close(tell)
    alive = list(children)
    while alive and not _all_tell(told_by, len(alive)):
        alive = [child for child in alive if os.waitpid(child, os.WNOHANG) == (0, 0)]
    return len(alive) * each


def _all_tell(pipe: int, count: int, heard: list[int] = []) -> bool:  # noqa: B006  # those that told before
    if select.select([pipe], [], [], 0.2)[0]:
        heard += os.read(pipe, 8)
    return len(heard) >= count


def outlive(told: dict[str, Any]) -> str:
    """Goes on in the background, with no mark of its own, whatever it is told."""
    begun, begin = os.pipe()  # closed when the other program begins
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            for file in range(3):
                os.close(file)
            os.execve("/bin/sleep", ["sleep", told["seconds"]], {})
        os._exit(0)
    os.close(begin)
    os.read(begun, 1)
    return "started" if _runs("sleep", told["seconds"]) else "it does not run"


def hold_on(told: dict[str, Any]) -> str:
    """As above, and whoever watches over it is stopped."""
    begun = outlive(told)
    with contextlib.suppress(OSError):
        os.kill(os.getppid(), signal.SIGSTOP)
    print(json.dumps("held on" if begun == "started" else begun), flush=True)
    time.sleep(60)
    return "ended by itself"


def _runs(*argv: str) -> bool:
    """Soon: what it is called can be seen a moment after it has begun."""
    wanted, until = "\0".join(argv).encode() + b"\0", time.monotonic() + 20
    while time.monotonic() < until:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if path.read_bytes() == wanted:
                    return True
        time.sleep(0.02)
    return False


def processors(told: dict[str, Any]) -> float:
    """Of how many it may have the time, by the kernel's word; 0: no limit. In both layouts of control groups."""
    for paths in (["cpu.max"], ["cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"]):
        with contextlib.suppress(OSError, ValueError):
            quota, period = " ".join(Path("/sys/fs/cgroup", path).read_text().strip() for path in paths).split()
            return max(int(quota), 0) / int(period)
    return 0


def _folders(top: str, depth: int) -> Iterator[str]:
    if top in ("/proc", "/sys"):
        return
    yield top
    if depth:
        with contextlib.suppress(OSError):
            for each in sorted(os.scandir(top), key=lambda entry: entry.name):
                if each.is_dir(follow_symlinks=False):
                    yield from _folders(each.path, depth - 1)


def _takes(folder: str) -> bool:
    with contextlib.suppress(OSError):
        path = Path(folder, CANARY)
        path.write_text("x")
        path.unlink()
        return True
    return False


def _filled(path: Path, most: int) -> int:
    size = 0
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while size < most:
            size += file.write(b"x" * 2**20)
    with contextlib.suppress(OSError):
        path.unlink()
    return size


ATTEMPTS: dict[str, Callable[[dict[str, Any]], object]] = {
    each.__name__: each
    for each in (
        write_outside,
        read_secrets,
        touch_the_daemon,
        reach_sockets,
        reach_network,
        gain_rights,
        bomb,
        fill,
        eat,
        eat_together,
        outlive,
        hold_on,
        processors,
    )
}

if __name__ == "__main__":
    print(json.dumps(ATTEMPTS[sys.argv[1]](json.loads(sys.argv[2]))), flush=True)

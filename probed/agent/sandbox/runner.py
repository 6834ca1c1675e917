"""Inside the unit `cortex-agent@`: starts one program, hands its doors to the daemon, and ends with the run.

It has the rights of the program and no other. The connection is its standard input:

1. the daemon sends a line of JSON (`argv`, `program`, `env`, `files`, `doors`, `seconds`) and with it the program's
   stdin, stdout and stderr as open files;
2. it answers `{"cgroup": …}` and with it one listening Unix socket for each door: the daemon accepts there what the
   program connects to, so that no file of the daemon's has to be reachable for it;
3. `{"exit_code": …}` follows when the program has ended; or `{"error": …}` where it could not be started.

When the connection ends, or the time is over, so does the runner, and systemd kills whatever is left of the unit.
Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOM = Path("/agent/run")
"""Where the program finds its files and doors; `home` in it is its own."""
MAX_REQUEST = 2**21
LIFE_SIGN_S = 1.0
PR_SET_DUMPABLE = 4


def main() -> None:
    ctypes.CDLL(None).prctl(
        PR_SET_DUMPABLE, 0, 0, 0, 0
    )  # the program has the same user: it must not get into the runner
    with socket.socket(fileno=os.dup(0)) as control:
        request, files, _ = receive(control, MAX_REQUEST)
        try:
            listeners = _prepare(request)
        except OSError as error:
            send(control, {"error": str(error)})
            return
        send(control, {"cgroup": Path("/proc/self/cgroup").read_text()}, listeners)
        for listener in listeners:
            os.close(listener)
        _run(control, request, files)


def receive(control: socket.socket, limit: int) -> tuple[dict[str, Any], list[int], bytes]:
    """One line, the files that came with it, and what has come of the next line. Raises ConnectionError where none
    comes, ValueError."""
    files = list[int]()
    try:
        first, rest = _first_line(control, limit, files)
        line: dict[str, Any] = json.loads(first)
    except BaseException:
        for file in files:
            os.close(file)
        raise
    return line, files, rest


def _first_line(control: socket.socket, limit: int, files: list[int]) -> tuple[bytes, bytes]:
    data = b""
    while b"\n" not in data:
        chunk, more, _, _ = socket.recv_fds(control, 65536, 8)
        files += more
        data += chunk
        if not chunk or len(data) > limit:
            raise ConnectionResetError("no whole line came")
    first, _, rest = data.partition(b"\n")
    return first, rest


def send(control: socket.socket, line: dict[str, Any], files: list[int] | None = None) -> None:
    data = json.dumps(line).encode() + b"\n"
    sent = socket.send_fds(control, [data], files or [])
    if sent < len(data):
        control.sendall(data[sent:])


def _prepare(request: dict[str, Any]) -> list[int]:
    ROOM.mkdir(mode=0o700)
    (ROOM / "home").mkdir(mode=0o700)
    for name, text in request["files"].items():
        (ROOM / name).write_text(text)
    return [_listening(ROOM / name) for name in request["doors"]]


def _listening(path: Path) -> int:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(16)
        return listener.detach()


def _run(control: socket.socket, request: dict[str, Any], files: list[int]) -> None:
    until = time.monotonic() + request["seconds"]
    stdin, stdout, stderr = files
    try:
        called: str = request["argv"][0]
        program = subprocess.Popen(
            request["argv"],
            # a link of the host's may not be there, and where it leads to be
            executable=called if os.path.exists(called) else request["program"],
            env=request["env"],
            cwd=ROOM / "home",
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    except OSError as error:
        send(control, {"error": str(error)})
        return
    for file in files:
        os.close(file)
    _watch(control, program, until)


def _watch(control: socket.socket, program: subprocess.Popen[bytes], until: float) -> None:
    """Until nobody wants the program any more, its own end included."""
    ended = os.pidfd_open(program.pid)
    watched = [control.fileno(), ended]
    while time.monotonic() < until:
        _give_life_sign()
        ready, _, _ = select.select(watched, [], [], LIFE_SIGN_S)
        if control.fileno() in ready:
            return
        if ended in ready:
            watched.remove(ended)
            send(control, {"exit_code": program.wait()})


def _give_life_sign() -> None:
    """See sd_notify(3)."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, contextlib.suppress(OSError):
            notify.sendto(b"WATCHDOG=1", address)


if __name__ == "__main__":
    try:
        main()
    except (ConnectionError, ValueError, KeyError) as error:
        print(f"no program was started: {error}", file=sys.stderr)
        sys.exit(1)

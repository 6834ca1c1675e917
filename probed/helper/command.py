"""Running a program as root would: without a shell, in a fixed environment, with a deadline and bounded output."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from probed.helper.done import OperationFailed

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "SYSTEMD_COLORS": "0",
    "SYSTEMD_PAGER": "",
    "DEBIAN_FRONTEND": "noninteractive",
}
KEPT_BYTES = 16_384
SHOWN = 500
"""Characters of its output that stand in the reason of a failure."""
TICK_S = 0.05
DRAIN_S = 0.2
REAP_S = 1.0


@dataclass(frozen=True, slots=True)
class Ended:
    exit_code: int | None
    """None where the deadline came first; negative: the signal that ended it."""
    output: str
    """The end of what it wrote to both streams."""

    @property
    def said(self) -> str:
        """On one line."""
        return " ".join(self.output.split())


Runner = Callable[[Sequence[str], float, int], Ended]
"""Takes argv, the deadline in seconds and how many bytes of output are kept; raises OSError where the program cannot be
started."""


def start_and_read(argv: Sequence[str], deadline_s: float, kept_bytes: int) -> Ended:
    """Blocking. Its process group does not outlive the call."""
    process = subprocess.Popen(
        list(argv),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=ENVIRONMENT,
        cwd="/",
        start_new_session=True,
    )
    try:
        said, in_time = _read(process, time.monotonic() + deadline_s, kept_bytes)
    finally:
        _end(process)
    return Ended(process.returncode if in_time else None, said.decode(errors="replace"))


RUNNER: ContextVar[Runner] = ContextVar("runner", default=start_and_read)
"""Who starts the programs of the operations. A daemon that carries them out by itself puts its own in the place, so
that nothing outlives it."""


def run(argv: Sequence[str], *, deadline_s: float, kept_bytes: int = KEPT_BYTES) -> Ended:
    """Blocking. Raises OperationFailed where it cannot be started."""
    try:
        return RUNNER.get()(argv, deadline_s, kept_bytes)
    except OSError as error:
        raise OperationFailed(f"{argv[0]} cannot be started: {error.strerror}") from error


def succeed(argv: Sequence[str], *, deadline_s: float) -> str:
    """What it said. Raises OperationFailed with the reason where it does not end well in time."""
    ended = run(argv, deadline_s=deadline_s)
    shown = " ".join(argv[:3])
    if ended.exit_code is None:
        raise OperationFailed(f"{shown} did not end within {deadline_s:g} s")
    if ended.exit_code:
        raise OperationFailed(f"{shown}: {ended.said[-SHOWN:] or f'exit code {ended.exit_code}'}")
    return ended.said


def _read(process: subprocess.Popen[bytes], until: float, kept_bytes: int) -> tuple[bytes, bool]:
    """Read until the program itself has ended: what it left behind may hold the pipe for ever."""
    assert process.stdout
    fd, said, is_open = process.stdout.fileno(), b"", True
    while (is_running := not _has_ended(process)) or is_open:
        if is_running:
            left_s = until - time.monotonic()
            if left_s <= 0:
                return said, False
        else:
            until = min(until, time.monotonic() + DRAIN_S)
            left_s = until - time.monotonic()
            if left_s <= 0:
                return said, True
        if not is_open:
            time.sleep(min(TICK_S, left_s))
        elif select.select([fd], [], [], min(TICK_S, left_s))[0]:
            chunk = os.read(fd, 65536)
            is_open, said = bool(chunk), (said + chunk)[-kept_bytes:]
    return said, True


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Without reaping it: as long as it is a zombie, its number and its group's are nobody else's."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):  # an uninterruptible sleep outlives even SIGKILL
        process.wait(REAP_S)
    if process.stdout:
        process.stdout.close()

"""Running a program: a deadline that holds whatever its descendants do, bounded output, a clean environment."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import selectors
import signal
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from probed.core.deadline import ends_at
from probed.host.out_of_memory import let_go_first
from probed.host.process_stats import Stat, all_stats, stat, stats_since

PASSED_ENVIRONMENT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR")
MARKER = "CORTEX_RUN"
"""The environment variable by which the descendants of a run are found, wherever they have gone."""
OWNER = "CORTEX_OWNER"
"""The environment variable that tells whose runs they are: those of the daemon of one state directory."""
TICK_S = 0.05
"""How often the end of the program itself is looked for while others hold its pipes."""
DRAIN_S = 0.2
"""How long after the program's own end its pipes are read on."""
KILL_S = 1.0

_running: dict[str, int] = {}
"""The process group of each command under way, by its marker."""
_owner: dict[str, str] = {}
"""The variable OWNER for every program that is started; empty where this process is no daemon."""


@dataclass(frozen=True, slots=True)
class Completed:
    argv: tuple[str, ...]
    exit_code: int | None
    """None where the deadline came first; negative: the signal that ended it."""
    stdout: str
    stderr: str
    timed_out: bool
    truncated: bool
    """More was written than was kept; the rest was read and thrown away."""
    seconds: float


def run_command(
    argv: Sequence[str],
    *,
    deadline_s: float,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    max_output_bytes: int = 1_048_576,
) -> Completed:
    """Run `argv` without a shell, in a session of its own; blocking. Nothing that it started outlives the call.

    It ends at `deadline_s`, or earlier where the work that it is part of has to end earlier or is given up
    (`core.deadline`).

    The environment holds `PASSED_ENVIRONMENT` as far as it is set, and `env`. `max_output_bytes` counts for each of the
    two streams. Raises OSError where the program cannot be started.
    """
    marker, began = secrets.token_hex(16), time.monotonic()
    process = subprocess.Popen(
        list(argv),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=marked_environment(marker, env),
        cwd=cwd,
        start_new_session=True,
    )
    let_go_first(process.pid)
    _running[marker] = process.pid
    streams = _Streams(process, stdin, max_output_bytes)
    try:
        ended = streams.pump(began + deadline_s)
    finally:
        del _running[marker]
        kill_tree(marker, process.pid)
        streams.close()
        _reap(process)
    return Completed(
        argv=tuple(argv),
        exit_code=process.returncode if ended else None,
        stdout=streams.out.text(),
        stderr=streams.err.text(),
        timed_out=not ended,
        truncated=streams.out.truncated or streams.err.truncated,
        seconds=time.monotonic() - began,
    )


def end_running() -> None:
    """Kill whatever still runs, for a daemon that stops and waits no longer; blocking. Their callers see them ended."""
    for marker, pgid in list(_running.items()):
        kill_tree(marker, pgid)


def set_owner(name: str) -> None:
    """From now on everything that is started carries a mark made from `name`: two processes of the same name, such as
    the path of a state directory, own the same. The mark does not tell the name."""
    _owner[OWNER] = hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:32]


def end_leftovers(within_s: float = KILL_S) -> tuple[int, ...]:
    """Kill what an earlier process of the same owner started and left behind, for it was killed itself; blocking.

    To be called by the only process that may act for this owner. Spares this process, those above it and what it
    started itself. Returns the processes that were killed.
    """
    mark = _variable(_owner)
    if not mark:
        return ()
    killed: dict[int, None] = {}
    end = time.monotonic() + within_s
    while (members := tuple(_leftovers(mark))) and time.monotonic() < end:
        for pid, started in members:
            _kill(pid, started)
            killed[pid] = None
        time.sleep(0.005)
    return tuple(killed)


def _reap(process: subprocess.Popen[bytes]) -> None:
    """A process in an uninterruptible sleep outlives even SIGKILL; nobody waits for it."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(KILL_S)


def marked_environment(marker: str, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a run: what is passed on, `extra`, and its marks."""
    passed = {name: os.environ[name] for name in PASSED_ENVIRONMENT if name in os.environ}
    return {**passed, **(extra or {}), **marks(marker)}


def marks(marker: str) -> dict[str, str]:
    """The variables by which `kill_tree` finds the run, and `end_leftovers` those of a daemon that is no more."""
    return {MARKER: marker, **_owner}


def kill_tree(marker: str, pgid: int, within_s: float = KILL_S) -> tuple[int, ...]:
    """Kill the run: its process group and session, all their descendants, and whatever carries the marker.

    Looks again until nobody is left, because a process may fork while it is being looked for. Only what left the
    session, lost its parent and cleared its environment escapes; that takes a cgroup of its own.
    `pgid` must not have been waited for yet, else the number could be somebody else's. Returns the processes that still
    live after `within_s` seconds (in an uninterruptible sleep, or another user's).
    """
    end = time.monotonic() + within_s
    while members := tuple(_members(marker, pgid)):
        for pid, started in members:
            _kill(pid, started)
        if time.monotonic() >= end:
            return tuple(pid for pid, _ in _members(marker, pgid))
        time.sleep(0.005)
    return ()


# --- the pipes --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Kept:
    limit: int
    data: bytearray = field(default_factory=bytearray)
    truncated: bool = False

    def add(self, chunk: bytes) -> None:
        room = self.limit - len(self.data)
        self.truncated = self.truncated or len(chunk) > room
        self.data += chunk[:room]

    def text(self) -> str:
        return self.data.decode(errors="replace")


class _Streams:
    """The three pipes of a process, moved without blocking."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes, limit: int) -> None:
        self._process, self._left = process, memoryview(stdin)
        self.out, self.err = _Kept(limit), _Kept(limit)
        self._selector = selectors.DefaultSelector()
        self._register(process.stdout, selectors.EVENT_READ, self.out)
        self._register(process.stderr, selectors.EVENT_READ, self.err)
        self._register(process.stdin, selectors.EVENT_WRITE, None)

    def pump(self, until: float) -> bool:
        """Move data until the program has ended, or `until` (monotonic) or the end of the whole work has come. True: it
        ended."""
        with self._selector:
            while not self._has_ended():
                left = min(until, ends_at()) - time.monotonic()
                if left <= 0:
                    return False
                self._move(min(left, TICK_S))
            drained = min(until, ends_at(), time.monotonic() + DRAIN_S)
            while self._selector.get_map() and time.monotonic() < drained:
                self._move(TICK_S)
        return True

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream:
                stream.close()

    def _has_ended(self) -> bool:
        """Without reaping it: as long as it is a zombie, its number is nobody else's."""
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _register(self, stream: IO[bytes] | None, events: int, kept: _Kept | None) -> None:
        if stream is None:
            return
        os.set_blocking(stream.fileno(), False)
        self._selector.register(stream, events, kept)

    def _move(self, timeout_s: float) -> None:
        if not self._selector.get_map():
            time.sleep(min(timeout_s, 0.005))
            return
        for key, _ in self._selector.select(timeout_s):
            more = self._read(key.fd, key.data) if key.data else self._write(key.fd)
            if not more:
                self._close(key.fileobj)

    def _read(self, fd: int, kept: _Kept) -> bool:
        chunk = os.read(fd, 65536)
        kept.add(chunk)
        return bool(chunk)

    def _write(self, fd: int) -> bool:
        try:
            self._left = self._left[os.write(fd, self._left[:65536]) :] if self._left else self._left
        except BrokenPipeError:
            return False
        return bool(self._left)

    def _close(self, stream: object) -> None:
        self._selector.unregister(stream)  # type: ignore[arg-type]
        if stream is self._process.stdin:
            self._process.stdin.close()  # type: ignore[union-attr]


# --- the process tree -------------------------------------------------------------------------------------------------


def _members(marker: str, pgid: int) -> Iterator[tuple[int, str]]:
    """Every living process of the run, as pid and start. No `pgid` below 1 is a run's: 0 is what the kernel shows for
    its own threads, and in a container for whatever came from outside. What is older than the run carries no mark of
    it, and is not asked."""
    stats = stats_since(pgid)
    wanted = _variable({MARKER: marker})
    groups = {pgid} if pgid > 0 else set()
    began = next((each.started_ticks for each in stats if each.pid == pgid), 0)
    inside = {
        each.pid
        for each in stats
        if groups & {each.pid, each.group, each.session} or (each.started_ticks >= began and _carries(each.pid, wanted))
    }
    return _living(stats, _with_descendants(stats, inside))


def _leftovers(mark: bytes) -> Iterator[tuple[int, str]]:
    stats = all_stats()
    own = {*_with_descendants(stats, {os.getpid()}), *_ancestors(stats, os.getpid())}
    marked = {each.pid for each in stats if each.pid not in own and _carries(each.pid, mark)}
    return _living(stats, _with_descendants(stats, marked) - own)


def _living(stats: Sequence[Stat], pids: Collection[int]) -> Iterator[tuple[int, str]]:
    return ((each.pid, each.started) for each in stats if each.pid in pids and each.state not in "ZX")


def _with_descendants(stats: Sequence[Stat], pids: set[int]) -> set[int]:
    while (grown := pids | {each.pid for each in stats if each.parent in pids}) != pids:
        pids = grown
    return pids


def _ancestors(stats: Sequence[Stat], pid: int) -> Iterator[int]:
    parents = {each.pid: each.parent for each in stats}
    while pid := parents.pop(pid, 0):
        yield pid


def _variable(of: Mapping[str, str]) -> bytes:
    """`NAME=value`, as it stands in an environment; empty for none."""
    return next((f"{name}={value}".encode() for name, value in of.items()), b"")


def _carries(pid: int, variable: bytes) -> bool:
    try:
        return variable in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _kill(pid: int, started: str) -> None:
    now = stat(pid)
    if now is None or now.started != started:
        return
    try:
        os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return

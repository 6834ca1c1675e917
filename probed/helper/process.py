"""A process as the kernel tells of it, and those that nobody may touch."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KERNEL_THREAD = 0x00200000  # PF_KTHREAD
NAME_LENGTH = 15
"""The kernel cuts names here."""
NEVER = re.compile(
    r"systemd(-.*)?|\(sd-pam\)|init|dbus-(daemon|broker.*)|sshd(-session|-auth)?|dropbear|login|agetty|getty|sulogin|su|sudo|"
    r"doas|pkexec|runuser|newgrp|sg|polkitd|mosh-server|tmux.*|screen|zellij|dtach|abduco|docker(d|-.*)|containerd.*|runc|"
    r"crun|conmon|qemu-.*|cortexctl|probed.*"
)
"""Programs without which the operator has no host any more, or no way to it."""
SHELL = re.compile(r"(a|r?ba|c|da|fi|k|mk|pw|tc|z)?sh|nu|elvish")
OWN_UNIT = re.compile(r"/cortex-[^/]*\.(service|socket)(/|$)", re.MULTILINE)
PYTHON = re.compile(r"python[\d.]*")
OWN = re.compile(r"(probed|cortexctl)(\..+)?")
OWN_MARK = b"CORTEX_RUN="
"""Stands in the environment of each program that the daemon starts, whatever unit or shell the daemon runs in."""
SIGNALS_HANDLED = re.compile(r"^SigCgt:\s*([0-9a-f]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    start_time: int
    """Clock ticks since boot; together with the pid it names a process for ever."""
    program: str
    """Not cut where the command line tells the rest."""
    state: str
    """One letter: R, S, D, T (stopped), Z …"""
    parent: int
    session: int
    terminal: int
    flags: int
    nice: int
    uid: int
    command: tuple[str, ...]

    @property
    def is_alive(self) -> bool:
        return self.state not in "ZX"

    @property
    def is_stopped(self) -> bool:
        return self.state == "T"

    @property
    def is_login_shell(self) -> bool:
        """What a terminal's session begins with, what says so of itself, and every shell at a terminal: below su and
        sudo none of them leads."""
        is_first = self.session == self.pid or SHELL.fullmatch(self.program)
        return bool(self.terminal and is_first) or any(word.startswith("-") for word in self.command[:1])

    def __str__(self) -> str:
        return f"{self.program} (pid {self.pid})"


def look(pid: int) -> Process | None:
    """None where there is no such process. It may have ended since."""
    if pid < 1:
        return None
    try:
        folder = Path(f"/proc/{pid}")
        text, uid = (folder / "stat").read_text(errors="replace"), folder.stat().st_uid
        command = tuple((folder / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1])
    except OSError:
        return None
    cut = text.rindex(")")
    words = text[cut + 2 :].split()
    return Process(
        pid=pid,
        start_time=int(words[19]),
        program=_program(text[text.index("(") + 1 : cut], command),
        state=words[0],
        parent=int(words[1]),
        session=int(words[3]),
        terminal=int(words[4]),
        flags=int(words[6]),
        nice=int(words[16]),
        uid=uid,
        command=command,
    )


def same(pid: int, start_time: int) -> Process | None:
    """The process of this number that began then, as long as it is alive."""
    found = look(pid)
    return found if found and found.start_time == start_time and found.is_alive else None


def all_processes() -> Iterator[Process]:
    return (found for name in os.listdir("/proc") if name.isdigit() and (found := look(int(name))))


def reason_against(process: Process) -> str:
    """Why nobody may touch it; empty where nothing speaks against it."""
    if process.pid == 1 or process.pid in _line_of(os.getpid()):
        return f"{process} is the first process, Cortex itself or one that it runs under"
    if process.flags & KERNEL_THREAD:
        return f"{process} is a thread of the kernel"
    if is_own(process.command):
        return f"{process} is a part of Cortex"
    if NEVER.fullmatch(process.program):
        return f"{process} is a program that the host and its operators stand on"
    if OWN_UNIT.search(_cgroups(process.pid)) or _is_marked(process.pid):
        return f"{process} is a part of Cortex"
    if process.is_login_shell or _is_of_sshd(process):
        return f"{process} is somebody's login"
    login = next((each for each in _below(process.pid) if each.is_login_shell), None)
    return f"{process} carries somebody's login, {login}" if login else ""


def is_own(command: tuple[str, ...]) -> bool:
    """Run as `python -m probed`, or `python …/bin/probed`, it has the name of the interpreter."""
    if not command or not PYTHON.fullmatch(os.path.basename(command[0])):
        return False
    words = iter(command[1:])
    for word in words:
        if word in ("-W", "-X"):
            next(words, "")
        elif not word.startswith("-"):
            return bool(OWN.fullmatch(os.path.basename(word)))
        elif word[:2] not in ("-W", "-X", "--"):
            flags, has_module, module = word.partition("m")
            if has_module or "c" in flags:
                return "c" not in flags and bool(OWN.fullmatch(module or next(words, "")))
    return False


def handles(pid: int, signal: int) -> bool:
    """Whether it has a handler of its own; without one most signals end a process."""
    try:
        found = SIGNALS_HANDLED.search(Path(f"/proc/{pid}/status").read_text(errors="replace"))
    except OSError:
        return False
    return bool(found and int(found[1], 16) >> (signal - 1) & 1)


def threads(pid: int) -> tuple[int, ...]:
    try:
        return tuple(sorted(int(name) for name in os.listdir(f"/proc/{pid}/task")))
    except OSError:
        return ()


def _program(name: str, command: tuple[str, ...]) -> str:
    """Processes name themselves as they like: nothing of it may break a message."""
    full = os.path.basename(command[0]) if command else ""
    chosen = full if len(name.encode()) >= NAME_LENGTH and full.startswith(name) else name
    return "".join(letter if letter.isprintable() else "?" for letter in chosen)


def _line_of(pid: int) -> frozenset[int]:
    line = set()
    while pid > 0 and pid not in line:
        line.add(pid)
        found = look(pid)
        pid = found.parent if found else 0
    return frozenset(line)


def _below(pid: int) -> Iterator[Process]:
    """Those that it started, and those that they did. None on a kernel that does not list them."""
    left, seen = [pid], {pid}
    while left:
        parent = left.pop()
        children = [child for thread in threads(parent) for child in _children(parent, thread) if child not in seen]
        left, seen = [*left, *children], seen.union(children)
        yield from (found for child in children if (found := look(child)))


def _children(pid: int, thread: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{thread}/children").read_text().split()]
    except OSError:
        return []


def _is_of_sshd(process: Process) -> bool:
    parent = look(process.parent)
    return parent is not None and parent.program.startswith("sshd")


def _is_marked(pid: int) -> bool:
    """As far as it may be seen: root sees all of them, the daemon its own user's."""
    try:
        return any(word.startswith(OWN_MARK) for word in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    except OSError:
        return False


def _cgroups(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cgroup").read_text(errors="replace")
    except OSError:
        return ""

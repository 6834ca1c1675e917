"""The world of one drill: a root file system of its own in memory, seen only by who is in these namespaces.

Of the host it has the programs, read-only, and a copy of the plain files of /etc; the rest is empty. It goes with the
last process in it. Called as root of a new user, mount, network and process namespace. Where that root is the host's
own root outside, files still obey it: so it sees no device that stores something, and can write to nothing of the host.
What it could undo of that it no longer can once it is locked in (`lock.py`).
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

SHOWN = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "opt", "nix", "gnu", "sys")
"""Of the host's root."""
ETC_FOLDERS = ("alternatives", "ssl", "pki", "crypto-policies", "ld.so.conf.d")
LEFT_OUT = ("fstab", "mtab", "resolv.conf", "machine-id")
"""Of the host's /etc: they speak of what is not here."""
MOST_BYTES = 1_048_576
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
MADE = ("dev/shm", "etc", "home", "mnt", "proc", "root", "run", "srv", "tmp", "var/backups", "var/cache", "var/lib",
        "var/log", "var/spool", "var/tmp")  # fmt: skip
LINKS = {"dev/fd": "/proc/self/fd", "dev/stdin": "fd/0", "dev/stdout": "fd/1", "dev/stderr": "fd/2",
         "var/run": "/run", "var/lock": "/run/lock"}  # fmt: skip
PLACES = ("/mnt", "/srv", "/media", "/opt", "/tmp")
"""One of these is where the new root is put together."""
SIZE, APART_SIZE = "512m", "128m"
OF_ALL = ("sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi")
"""Of /proc: what root writes there the whole host gets."""
OF_NAMESPACE = {"sys/net": (0, 0), "sys/kernel/pid_max": (6, 14)}
"""And what is the namespaces' own, from this version of the kernel on."""
FLAGS = ("nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime")
"""What a mount had must stay with it, see mount_namespaces(7)."""


def enter(carried: Mapping[str, Path], kept: Path | None, apart: str) -> None:
    """Make the new root the root. The folders `carried`, by where they are to be, are copied. `apart` is a file system
    of its own, so that a full root is told: `kept`, a folder that outlives the drill, or else one in memory. Raises
    OSError, CalledProcessError where the kernel forbids it."""
    new = Path(next(place for place in PLACES if os.path.isdir(place)))
    copies = {to: _read_all(folder) for to, folder in carried.items()}
    shown = {path: path for path in _shown()} | {f"/dev/{name}": f"/dev/{name}" for name in DEVICES}
    with _Sources([*shown, *([str(kept)] if kept else [])]) as sources:
        _mount("-t", "tmpfs", "-o", f"mode=0755,size={SIZE}", "tmpfs", str(new))
        _make_folders(new)
        for path in shown:
            sources.bind(path, _below(new, path))
        _seal(new)
        _copy_etc(new / "etc")
        for to, files in copies.items():
            _write_all(files, _below(new, to))
        _below(new, apart).mkdir(parents=True)
        if kept:
            sources.bind(str(kept), _below(new, apart))
        else:
            _mount("-t", "tmpfs", "-o", f"mode=0755,size={APART_SIZE}", "tmpfs", str(_below(new, apart)))
    _mount_proc(new / "proc")
    _change_root(new)


class _Sources:
    """Files and folders of the host, held open: the new root may lie above them."""

    def __init__(self, paths: list[str]) -> None:
        self._held = {path: os.open(path, os.O_PATH) for path in paths if os.path.exists(path)}

    def bind(self, path: str, at: Path) -> None:
        if path not in self._held:
            return
        if os.path.isdir(f"/proc/self/fd/{self._held[path]}"):
            at.mkdir(parents=True, exist_ok=True)
        elif not at.exists():
            at.touch()
        # as it is: else mount would look where the link leads to, and what is mounted there by now
        _mount("--no-canonicalize", "--rbind", f"/proc/{os.getpid()}/fd/{self._held[path]}", str(at))

    def __enter__(self) -> _Sources:
        return self

    def __exit__(self, *error: object) -> None:
        for descriptor in self._held.values():
            os.close(descriptor)


def _shown() -> Iterator[str]:
    """The folders of the host that are seen: its programs, and wherever this program itself lies."""
    yield from (f"/{name}" for name in SHOWN if not os.path.islink(f"/{name}"))
    yield from (f"/etc/{name}" for name in ETC_FOLDERS)
    code = {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.path.realpath(sys.executable)), *sys.path}
    already = [f"/{name}" for name in SHOWN]
    for path in sorted(os.path.realpath(each) for each in code if each and os.path.isdir(each)):
        if not any(path == each or path.startswith(f"{each}/") for each in already):
            already.append(path)
            yield path


def _below(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], capture_output=True, check=True, text=True)


def _make_folders(new: Path) -> None:
    for name in MADE:
        (new / name).mkdir(parents=True)
    for name in ("tmp", "var/tmp", "dev/shm"):
        (new / name).chmod(0o1777)
    for name, target in LINKS.items():
        (new / name).symlink_to(target)
    for name in SHOWN:
        if os.path.islink(f"/{name}"):
            (new / name).symlink_to(os.readlink(f"/{name}"))


def _seal(new: Path) -> None:
    """Nothing that was shown can be written to; devices are no files."""
    rows = [line.split(" ") for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    inside = {[row[0] for row in rows if _plain(row[4]) == str(new)][-1]}
    for number, parent, _, _, point, options, *_ in rows:  # a mount comes after that on which it lies
        if parent in inside:
            inside.add(number)
            if not point.startswith(f"{new}/dev/"):
                _read_only(_plain(point), options.split(","))


def _plain(text: str) -> str:
    r"""The kernel writes a space as \040 and the like."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _read_only(point: str, options: list[str] | None = None) -> None:
    flags = [each for each in options or () if each in FLAGS]
    _mount("-o", ",".join(["remount", "bind", "ro", *flags]), point)


def _copy_etc(to: Path) -> None:
    for entry in os.scandir("/etc"):
        if entry.name in LEFT_OUT:
            continue
        try:
            if entry.is_symlink():
                (to / entry.name).symlink_to(os.readlink(entry.path))
            elif entry.is_file() and entry.stat().st_size <= MOST_BYTES:
                shutil.copy(entry.path, to / entry.name)
        except PermissionError:  # what an ordinary user may not read
            continue
    (to / "resolv.conf").write_text("nameserver 127.0.0.1\n")


def _read_all(folder: Path) -> dict[str, tuple[int, bytes]]:
    paths = [each for each in folder.rglob("*") if each.is_file()]
    return {str(each.relative_to(folder)): (each.stat().st_mode & 0o777, each.read_bytes()) for each in paths}


def _write_all(files: dict[str, tuple[int, bytes]], to: Path) -> None:
    for name, (mode, content) in files.items():
        path = to / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode | 0o400)


def _mount_proc(proc: Path) -> None:
    _mount("-t", "proc", "-o", "nosuid,nodev,noexec", "proc", str(proc))
    kernel = tuple(int(number) for number in re.findall(r"\d+", platform.release())[:2])
    own = [name for name, since in OF_NAMESPACE.items() if kernel >= since and (proc / name).exists()]
    with _Sources([str(proc / name) for name in own]) as sources:
        for name in OF_ALL:
            if (proc / name).exists():
                _mount("--bind", str(proc / name), str(proc / name))
                _read_only(str(proc / name), list(FLAGS[:3]))
        for name in own:
            sources.bind(str(proc / name), proc / name)


def _change_root(new: Path) -> None:
    (new / "old").mkdir()
    os.chdir(new)
    subprocess.run(["pivot_root", ".", "old"], capture_output=True, check=True, text=True)
    os.chdir("/")
    subprocess.run(["umount", "-l", "/old"], capture_output=True, check=True, text=True)
    os.rmdir("/old")

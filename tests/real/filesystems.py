"""Real file systems, mounted for a test below its own folder."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import require
from tests.real.packages import program


@contextlib.contextmanager
def tmpfs(folder: Path, size: str = "4m", inodes: int = 0, *, read_only: bool = False) -> Iterator[Path]:
    options = f"size={size},nr_inodes={inodes}" + (",ro" if read_only else "")
    with mounted("-t", "tmpfs", "-o", options, "tmpfs", folder):
        yield folder


@contextlib.contextmanager
def squashfs(folder: Path, image: Path) -> Iterator[Path]:
    """A read-only image, full by nature."""
    mksquashfs = program("mksquashfs", "squashfs-tools")
    content = image.with_suffix(".content")
    content.mkdir()
    (content / "file").write_bytes(os.urandom(50_000))
    subprocess.run([mksquashfs, content, image, "-quiet", "-no-progress"], check=True, capture_output=True)
    with mounted("-o", "loop,ro", image, folder):
        yield folder


@contextlib.contextmanager
def ext4(folder: Path, image: Path, size_mib: int = 8) -> Iterator[Path]:
    mkfs = program("mkfs.ext4", "e2fsprogs")
    with image.open("wb") as file:
        file.truncate(size_mib * 1024 * 1024)
    subprocess.run([mkfs, "-q", "-m", "0", image], check=True, capture_output=True)
    with mounted("-o", "loop", image, folder):
        yield folder


@contextlib.contextmanager
def btrfs(folder: Path, image: Path, size_mib: int = 256) -> Iterator[Path]:
    """It counts what was removed as free only once it has written that, up to half a minute later."""
    mkfs = program("mkfs.btrfs", "btrfs-progs")
    with image.open("wb") as file:
        file.truncate(size_mib * 1024 * 1024)
    subprocess.run([mkfs, "-q", image], check=True, capture_output=True)
    with mounted("-o", "loop", image, folder):
        yield folder


@contextlib.contextmanager
def mounted(*arguments: str | Path) -> Iterator[None]:
    """`mount` with these arguments, the last of which is the mount point: a folder, or a file that exists."""
    require("root, to mount", present=os.geteuid() == 0)
    point = Path(arguments[-1])
    if not point.exists():
        point.mkdir(parents=True)
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", point], check=True, capture_output=True)


def fill(folder: Path, percent: float) -> None:
    """Write one file so that this share of the file system is used."""
    room = os.statvfs(folder)
    (folder / "ballast").write_bytes(b"x" * int(room.f_blocks * room.f_frsize * percent / 100))

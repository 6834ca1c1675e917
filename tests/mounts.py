"""File systems of a test's own. Mounting takes root, which a test machine gives."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def mounted(*options: str, at: Path) -> Iterator[Path]:
    """`mount OPTIONS at`, taken away in the end whatever happens."""
    if not at.exists():
        at.mkdir(parents=True)
    subprocess.run(["mount", *options, str(at)], check=True, timeout=10)
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", str(at)], check=True, timeout=10)


@contextmanager
def tmpfs(at: Path, options: str = "size=8m") -> Iterator[Path]:
    with mounted("-t", "tmpfs", "-o", options, "tmpfs", at=at) as folder:
        yield folder

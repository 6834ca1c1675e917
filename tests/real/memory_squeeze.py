"""Programs that really wait for memory: a group whose limit is below what it reads, so that the kernel gives pages back
and fetches them again."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import require

LIMIT_BYTES = 20 * 2**20
FILE_BYTES = 64 * 2**20
READERS = 4
FIRST = Path("/sys/fs/cgroup/memory")
"""Where the groups of version 1 are; else those of version 2 one level up."""
READ = """
import mmap, os, random, sys
group, path = sys.argv[1:]
with open(f"{group}/cgroup.procs", "w") as procs:
    procs.write(str(os.getpid()))
with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pages:
    pages.madvise(mmap.MADV_RANDOM)
    while True:
        pages[random.randrange(len(pages))]
"""


@contextlib.contextmanager
def squeezed() -> Iterator[None]:
    with _group() as group, tempfile.NamedTemporaryFile() as file:
        for _ in range(FILE_BYTES // 2**20):
            file.write(os.urandom(2**20))
        file.flush()
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # a page is charged to the first that reads it
        readers = [subprocess.Popen([sys.executable, "-c", READ, str(group), file.name]) for _ in range(READERS)]
        try:
            yield
        finally:
            for reader in readers:
                reader.kill()
                reader.wait()


@contextlib.contextmanager
def _group() -> Iterator[Path]:
    parent = FIRST if FIRST.is_dir() else FIRST.parent
    group = parent / f"squeezed-{os.getpid()}"
    limit = "memory.limit_in_bytes" if FIRST.is_dir() else "memory.max"
    try:
        group.mkdir()
        (group / limit).write_text(str(LIMIT_BYTES))
    except OSError as error:
        require(f"groups with a limit of memory ({error.strerror})", present=False)
    try:
        yield group
    finally:
        end = time.monotonic() + 120
        while group.exists() and time.monotonic() < end:
            with contextlib.suppress(OSError):  # as long as one that was killed has not gone
                group.rmdir()
            time.sleep(0.05)

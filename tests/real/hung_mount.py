"""A file system whose server has stopped: whoever asks it anything sleeps in the kernel until it is given up."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import require

FUSE = Path("/dev/fuse")


@contextlib.contextmanager
def hung_mount(folder: Path, fs_type: str = "fuse.sshfs") -> Iterator[Path]:
    """FUSE with a server that never reads a question. Closing it at the end lets everybody who waits go."""
    require("root and /dev/fuse, for a file system that hangs", present=os.geteuid() == 0 and FUSE.exists())
    folder.mkdir()
    server = os.open(FUSE, os.O_RDWR | os.O_CLOEXEC)
    try:
        options = f"fd={server},rootmode=40000,user_id=0,group_id=0,allow_other"
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"away:/srv", str(folder).encode(), fs_type.encode(), 0, options.encode()):
            raise OSError(ctypes.get_errno(), "mount")
        try:
            yield folder
        finally:
            os.close(server)
            subprocess.run(["umount", "--lazy", folder], check=True, capture_output=True)
            server = -1
    finally:
        if server >= 0:
            os.close(server)

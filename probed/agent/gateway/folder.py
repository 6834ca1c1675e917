"""A private folder with a path that is short enough for a socket in it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

MAX_SOCKET_PATH = 107
"""Bytes of a Unix socket's path, see unix(7)."""
LONGEST_NAME = "/cortex-12345678/messages.sock"


@contextlib.asynccontextmanager
async def private_folder() -> AsyncIterator[Path]:
    """Of mode 0700; gone with all that is in it when the block ends. Raises OSError."""
    folder = await asyncio.to_thread(_make)
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _make() -> Path:
    """Below the folder for temporary files, or below /tmp where that has too long a name."""
    for parent in (tempfile.gettempdir(), "/tmp"):
        if len(os.fsencode(parent)) + len(LONGEST_NAME) <= MAX_SOCKET_PATH:
            return Path(tempfile.mkdtemp(prefix="cortex-", dir=parent))
    raise OSError("no folder has a path that is short enough for a socket")

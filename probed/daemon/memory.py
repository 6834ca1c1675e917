"""Memory that is free again goes back to the kernel."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """What the C library keeps of freed memory, where it can give it back (glibc): after a start two or three MiB.
    Blocks for some milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

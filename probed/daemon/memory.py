"""Memory that is free again goes back to the kernel, where the C library is glibc; what stays is left alone."""

from __future__ import annotations

import ctypes
import gc

ARENA_MAX = -8
"""M_ARENA_MAX of mallopt(3)."""


def share_one_heap() -> None:
    """Threads take turns at one heap instead of keeping free memory in one each: about two MiB less. To be called
    before there are any."""
    limit = getattr(ctypes.CDLL(None), "mallopt", None)
    if limit is not None:
        limit(ARENA_MAX, 1)


def settle() -> None:
    """What the start has made stays: from now on the collector of cycles leaves it alone. To visit it takes tens of
    milliseconds each time, in which the event loop waits."""
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """What the C library keeps of freed memory: after a start two or three MiB. Blocks for some milliseconds."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

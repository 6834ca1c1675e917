"""A bound on the memory of a program and all that it has started, where no control group can keep one."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

from probed.agent.child import ChildProcess
from probed.host.proc_file import record_of
from probed.host.process_stats import all_stats

EVERY_S = 0.25
PAGE = os.sysconf("SC_PAGE_SIZE")


@contextlib.asynccontextmanager
async def memory_watched(child: ChildProcess, limit: int | None) -> AsyncIterator[None]:
    """Ends the program when it holds more bytes than that. None: something else keeps the bound."""
    if limit is None:
        yield
        return
    watch = asyncio.create_task(_watch(child, limit))
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


async def _watch(child: ChildProcess, limit: int) -> None:
    while True:
        if await asyncio.to_thread(held_below, child.pid) > limit:
            await child.stop(f"it was ended because it held more than {limit // 2**20} MiB of memory")
            return
        await asyncio.sleep(EVERY_S)


def held_below(pid: int) -> int:
    """Bytes that the process and its descendants hold; what they share counts for each. Blocking."""
    parents = {each.pid: each.parent for each in all_stats()}
    tree = {pid}
    while grown := {each for each, parent in parents.items() if parent in tree} - tree:
        tree |= grown
    return sum(_held(each) for each in tree)


def _held(pid: int) -> int:
    words = record_of(f"/proc/{pid}/statm").split()
    return (int(words[1]) - int(words[2])) * PAGE if len(words) > 2 else 0

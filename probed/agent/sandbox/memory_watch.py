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
        if await asyncio.to_thread(held_below, child.pid, limit) > limit:
            await child.stop(f"it was ended because it held more than {limit // 2**20} MiB of memory")
            return
        await asyncio.sleep(EVERY_S)


def held_below(pid: int, limit: int) -> int:
    """Bytes that the process and its descendants hold; what forks share counts once where that decides. Blocking."""
    parents = {each.pid: each.parent for each in all_stats()}
    tree = {pid}
    while grown := {each for each, parent in parents.items() if parent in tree} - tree:
        tree |= grown
    held = sum(map(_resident, tree))
    return held if held <= limit else sum(map(_own_share, tree))


def _resident(pid: int) -> int:
    words = record_of(f"/proc/{pid}/statm").split()
    return (int(words[1]) - int(words[2])) * PAGE if len(words) > 2 else 0


def _own_share(pid: int) -> int:
    """It takes a walk through all of its pages."""
    lines = record_of(f"/proc/{pid}/smaps_rollup").splitlines()
    told = next((line.split()[1] for line in lines if line.startswith("Pss_Anon:")), "")
    return int(told) * 1024 if told else _resident(pid)

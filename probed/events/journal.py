"""Lines that come to systemd's journal, followed by `journalctl`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shutil
from collections.abc import Iterator

from probed.core.pattern import is_pattern
from probed.errors import HostFailed, NotHere
from probed.events.source import Listener
from probed.host import journal
from probed.host.command import kill_tree, marked_environment
from probed.host.out_of_memory import let_go_first

FIELDS = ("_TRANSPORT", "_PID", "_SYSTEMD_UNIT", "UNIT", "SYSLOG_IDENTIFIER", "_COMM")
KERNEL = "kernel"
NAMING = ("_SYSTEMD_UNIT", "UNIT", "SYSLOG_IDENTIFIER", "_COMM")
AT_ONCE = 65_536
"""Bytes that are read in one go."""
PAUSE_S = 0.25
"""After each piece: a flood waits in the pipe, and journalctl with it."""


async def follow(listener: Listener) -> None:
    if not shutil.which("journalctl"):
        raise NotHere("the journal")
    await asyncio.to_thread(journal.tail, lines=1)  # raises where it is hidden, which a follower would not say
    marker = secrets.token_hex(16)
    process = await asyncio.create_subprocess_exec(
        "journalctl",
        "--follow",
        "--lines=0",
        "--output=json",
        f"--output-fields={','.join(FIELDS)}",
        *matches(listener),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=marked_environment(marker, {"LC_ALL": "C"}),
        start_new_session=True,
        limit=AT_ONCE,
    )
    let_go_first(process.pid)
    try:
        listener.live()
        assert process.stdout
        await _read(process.stdout, listener)
        raise HostFailed(f"journalctl ended with {await process.wait()}")
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                await asyncio.to_thread(kill_tree, marker, process.pid)
        await process.wait()


def matches(listener: Listener) -> list[str]:
    """What journalctl itself can leave out: nothing where somebody listens to a pattern of names."""
    names = sorted({name for concern in listener.concerns for name in concern.objects})
    if any(map(is_pattern, names)):
        return []
    wanted = [word for name in names for word in _matches_of(name)]
    return [part for word in wanted for part in ("+", word)][1:]


def _matches_of(writer: str) -> Iterator[str]:
    if writer == KERNEL:
        yield "_TRANSPORT=kernel"
    else:
        yield from (f"{field}={writer}" for field in NAMING)


async def _read(stream: asyncio.StreamReader, listener: Listener) -> None:
    rest = b""
    while piece := await stream.read(AT_ONCE):
        *lines, rest = (rest + piece).split(b"\n")
        rest = rest[-AT_ONCE:]
        for writer in dict.fromkeys(name for line in lines for name in writers_of(line)):
            if listener.is_concerned(writer):
                listener.tell(writer)
        await asyncio.sleep(PAUSE_S)


def writers_of(line: bytes) -> Iterator[str]:
    """Whose line it is: `kernel`, or the unit and the identifier."""
    try:
        fields = json.loads(line)
    except ValueError:
        return
    if not isinstance(fields, dict):
        return
    if fields.get("_TRANSPORT") == KERNEL:
        yield KERNEL
        return
    unit = fields.get("UNIT" if fields.get("_PID") == "1" else "_SYSTEMD_UNIT")
    for name in (unit, fields.get("SYSLOG_IDENTIFIER") or fields.get("_COMM")):
        if isinstance(name, str) and name:
            yield name

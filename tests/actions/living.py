"""Real processes for actions to act upon."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from probed.actions.process_action import ProcessAction
from probed.actions.registry import build_actions
from probed.config.actions import ActionsSettings, ProcessesSettings
from probed.helper.process import Process, look

PROGRAM = f"ctx-job-{os.getpid()}"
"""No other run of tests beside this one has processes of this name; the kernel keeps 15 characters."""
READY_S = 60.0

Kind = TypeVar("Kind", bound=ProcessAction)


@contextmanager
def job(folder: Path, code: str = "time.sleep(600)") -> Iterator[Process]:
    """A process named PROGRAM that says `ready` and runs `code`; its nice value is 0, whoever runs the test."""
    program = folder / PROGRAM
    if not program.exists():
        program.symlink_to(sys.executable)
    body = f"import os, signal, sys, time\nos.setpriority(os.PRIO_PROCESS, 0, 0)\nprint('ready', flush=True)\n{code}\n"
    child = subprocess.Popen([program, "-S", "-c", body], stdout=subprocess.PIPE)
    try:
        assert child.stdout
        assert child.stdout.readline() == b"ready\n"
        found = look(child.pid)
        assert found
        yield found
    finally:
        child.kill()
        child.wait()
        child.stdout.close()  # type: ignore[union-attr]


def make_action(kind: type[Kind], *, grace_s: float = 5.0, programs: tuple[str, ...] = (PROGRAM,)) -> Kind:
    settings = ActionsSettings(processes=ProcessesSettings(programs=programs, grace=grace_s))
    action = build_actions(settings).get(kind.name)
    assert isinstance(action, kind)
    action.looks_apart_s = 0.1
    return action


def named(process: Process, **more: object) -> Mapping[str, object]:
    return {"pid": process.pid, "start_time": process.start_time, "program": process.program, **more}


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + READY_S
    while not holds():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def state_of(process: Process) -> str:
    found = look(process.pid)
    return found.state if found else ""

"""Operations on processes. Each is named by its number and its start, and looked at again directly before."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from probed.helper.command import succeed
from probed.helper.done import Done, OperationFailed, OperationRefused
from probed.helper.process import Process, handles, reason_against, same, threads

SIGNALS = {name: signal.Signals[f"SIG{name}"] for name in ("TERM", "KILL", "CONT", "STOP", "HUP", "USR1", "USR2")}
TAKEN_UP = ("HUP", "USR1", "USR2")
"""These end a program that does not handle them."""
IO_CLASSES = {"best-effort": "2", "idle": "3"}
IO_ANSWER = re.compile(r"(?P<io_class>[a-z-]+)(?:: prio (?P<level>\d))?")
IONICE_S = 10.0


def signal_process(params: Mapping[str, object]) -> Done:
    """`signal` is one of SIGNALS, by its name."""
    name = str(params["signal"])
    if name not in SIGNALS:
        raise OperationRefused(f"there is no signal {name} here, but {', '.join(SIGNALS)}")
    with _held(params) as (process, handle):
        if name in TAKEN_UP and not handles(process.pid, SIGNALS[name]):
            raise OperationRefused(f"{process} does not handle SIG{name}: it would end, or take no notice")
        _send(process, handle, SIGNALS[name])
    return Done(f"sent SIG{name} to {process}", _facts(process), {"signal": name})


def renice_process(params: Mapping[str, object]) -> Done:
    """All its threads get the value: the kernel counts it for each of them."""
    nice = int(str(params["nice"]))
    with _held(params) as (process, _):
        try:
            for thread in threads(process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.setpriority(os.PRIO_PROCESS, thread, nice)
        except OSError as error:
            raise OperationFailed(f"{process} cannot get the nice value {nice}: {error.strerror}") from error
        _still(process)
    return Done(f"{process} has the nice value {nice}", _facts(process), {"nice": nice})


def ionice_process(params: Mapping[str, object]) -> Done:
    """`io_level` counts for the class best-effort alone. All its threads get it."""
    io_class, io_level = str(params["io_class"]), int(str(params["io_level"]))
    if io_class not in IO_CLASSES:
        raise OperationRefused(f"there is no I/O class {io_class} here, but {', '.join(IO_CLASSES)}")
    level = ["-n", str(io_level)] if io_class == "best-effort" else []
    with _held(params) as (process, _):
        before = io_priority(process.pid)
        given = ["ionice", "-c", IO_CLASSES[io_class], *level, "-p", *map(str, threads(process.pid))]
        succeed(given, deadline_s=IONICE_S)
        _still(process)
        after = io_priority(process.pid)
    return Done(f"{process} has the I/O class {after['io_class']}", {**_facts(process), **before}, after)


def io_priority(pid: int) -> Mapping[str, object]:
    """`io_class` and `io_level`, as ionice(1) names them. Raises OperationFailed."""
    answer = succeed(["ionice", "-p", str(pid)], deadline_s=IONICE_S)
    found = IO_ANSWER.fullmatch(answer)
    if not found:
        raise OperationFailed(f"ionice tells nothing of process {pid}: {answer[:100]}")
    return {"io_class": found["io_class"], "io_level": int(found["level"] or 0)}


@contextmanager
def _held(params: Mapping[str, object]) -> Iterator[tuple[Process, int | None]]:
    """The process and its pidfd, None where the kernel has none. What has the pidfd cannot be mistaken for a later
    process of the same number."""
    pid, start_time = int(str(params["pid"])), int(str(params["start_time"]))
    handle = _pidfd(pid)
    try:
        process = same(pid, start_time)
        if process is None:
            raise OperationRefused(f"the process {pid} that began then has ended")
        if reason := reason_against(process):
            raise OperationRefused(reason)
        users = params.get("users")
        if isinstance(users, list | tuple) and process.uid not in users:
            raise OperationRefused(f"{process} belongs to uid {process.uid}, whose processes are not to be touched")
        yield process, handle
    finally:
        if handle is not None:
            os.close(handle)


def _pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        raise OperationRefused(f"there is no process {pid}") from None
    except OSError as error:
        if error.errno == errno.ENOSYS:
            return None
        raise OperationRefused(f"process {pid}: {error.strerror}") from error


def _send(process: Process, handle: int | None, number: signal.Signals) -> None:
    try:
        if handle is None:
            os.kill(process.pid, number)
        else:
            signal.pidfd_send_signal(handle, number)
    except OSError as error:
        raise OperationFailed(f"{process} does not take {number.name}: {error.strerror}") from error


def _still(process: Process) -> None:
    """What goes by the number alone has met the right one only if it lives on."""
    if same(process.pid, process.start_time) is None:
        raise OperationFailed(f"{process} has ended meanwhile")


def _facts(process: Process) -> Mapping[str, object]:
    return {"program": process.program, "uid": process.uid, "state": process.state, "nice": process.nice}


OPERATIONS: Mapping[str, Callable[[Mapping[str, object]], Done]] = {
    "signal_process": signal_process,
    "renice_process": renice_process,
    "ionice_process": ionice_process,
}

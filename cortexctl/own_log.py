"""How the daemon's own log is asked for: `probed log`, which needs no daemon."""

from __future__ import annotations

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, NoReturn, cast

import typer

from cortexctl.child import become_probed, exit_of_stream, probed, records_of
from cortexctl.config_path import config_options, is_users
from cortexctl.failure import Unreachable
from probed.wire.paths import SYSTEM_SOCKET
from probed.wire.run import UNDER_WAY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cortexctl.session import Session
    from probed.wire.run import RunShape

MOST_OF_RUN = 10_000
"""Lines."""
PAUSE_S = 0.5
LEVELS = "debug, info, warning, error, critical"


def words_for_log(session: Session, *wanted: str, as_json: bool, follow: bool, file: str | None = None) -> list[str]:
    """The arguments of `probed`."""
    unit = "system" if session.socket == SYSTEM_SOCKET else "user" if is_users(session.socket) else "none"
    colour = ["--colour"] if session.output.has_color else []
    flags: Iterable[str] = (name for name, is_set in (("--json", as_json), ("--follow", follow)) if is_set)
    return ["log", *config_options(file, session.socket), f"--unit={unit}", *colour, *flags, *wanted]


def show_log_of_run(session: Session, id_: str, *, as_json: bool, follow: bool) -> int:
    """The exit code. Followed until the run is over; without a daemon the id is looked for as it is."""
    run = None
    try:
        run = session.daemon.run(id_)
    except Unreachable:
        if follow:
            raise
    wanted = [f"--run={run.id if run else id_}", *([f"--since={run.created_at}"] if run else [])]
    is_under_way = run is not None and run.state in UNDER_WAY
    words = words_for_log(session, *wanted, f"--limit={MOST_OF_RUN}", as_json=as_json, follow=follow and is_under_way)
    if run is None or not (follow and is_under_way):
        shown_by_probed(session, words, as_json=as_json)
    return _followed(session, run, words, as_json=as_json)


def shown_by_probed(session: Session, words: list[str], *, as_json: bool) -> NoReturn:
    if as_json:
        raise typer.Exit(exit_of_stream(session.output, *words))
    become_probed(*words)


def _followed(session: Session, run: RunShape, words: list[str], *, as_json: bool) -> int:
    """The child shows what there is, and ends, once its input does."""
    printed = subprocess.PIPE if as_json else None
    argv = [*probed(*words), "--until-closed"]
    with (
        ThreadPoolExecutor(1) as beside,
        subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=printed, text=True) as child,
    ):
        emit, lines = session.output.emit_data, child.stdout
        shown = [beside.submit(emit, records_of(session.output, lines))] if lines else []
        with cast("IO[str]", child.stdin):
            while child.poll() is None and run.state in UNDER_WAY and not any(each.done() for each in shown):
                time.sleep(PAUSE_S)
                run = session.daemon.run(run.id)
            time.sleep(PAUSE_S)  # its last words may still be on their way
        for each in shown:
            each.result()
    return child.returncode

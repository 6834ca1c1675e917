"""`cortexctl status`: what is asked, how it is said, and the exit code that follows.

Apart from `commands/status.py` because Typer alone takes several times as long to load as Python: `__main__` comes here
without it for the plain calls, those of login scripts and monitors.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.overview import gist, screen
from cortexctl.text import one_line

if TYPE_CHECKING:
    from cortexctl.daemon import Daemon
    from cortexctl.output import Paint
    from cortexctl.session import Session
    from probed.wire.model import ModelsShape
    from probed.wire.status import StatusShape

FIRST_SWEEP_S = 10.0
"""How long `status` waits for the first sweep of a daemon that was just installed."""
SHORT_S = 2.0
"""A login does not wait longer for its line."""
PAUSE_S = 0.2


def run_status(session: Session, *, as_json: bool = False, short: bool = False, wait_s: float = FIRST_SWEEP_S) -> Exit:
    output = session.output
    status = session.daemon_within(SHORT_S).status() if short else swept_status(session.daemon, wait_s)
    if as_json:
        output.emit_json(status)
    elif short:
        output.emit(short_line(status, output.paint))
    else:
        output.emit_lines(screen(status, output.paint, output.columns, output.rows, models_of(session.daemon, status)))
    return exit_of(status)


def watch_status(session: Session, *, as_json: bool = False, short: bool = False) -> None:
    """Until Ctrl-C."""
    from cortexctl.form import json_lines
    from cortexctl.watching import watch

    output, daemon = session.output, session.daemon
    daemon.status()  # nothing to watch: that is said at once

    def lines() -> list[str]:
        status = daemon.status()
        if as_json:
            return list(json_lines([status]))
        if short:
            return [short_line(status, output.paint)]
        return screen(status, output.paint, output.columns, output.rows, models_of(daemon, status))

    watch(output, daemon.client, lines, is_screen=not as_json)


def models_of(daemon: Daemon, status: StatusShape) -> ModelsShape | None:
    """Nothing where no model is asked, or the daemon does not say."""
    if status.daemon.agent == "none":
        return None
    try:
        return daemon.models()
    except Failure:
        return None


def swept_status(daemon: Daemon, wait_s: float) -> StatusShape:
    """The status; of a new daemon the first that knows something, if that comes within `wait_s`."""
    end = time.monotonic() + wait_s
    while True:
        status = daemon.status()
        if status.first_sweep_done or time.monotonic() >= end:
            return status
        time.sleep(PAUSE_S)


def short_line(status: StatusShape, paint: Paint) -> str:
    return f"cortex: {one_line(status.host)}: {paint(status.verdict)}{gist(status)}"


def exit_of(status: StatusShape) -> Exit:
    """`unknown` is a failure only where nothing at all has answered; one silent source among others is for a person."""
    if status.decisions:
        return Exit.ATTENTION
    if status.verdict == "unknown" and all(source.verdict == "unknown" for source in status.sources):
        return Exit.FAILED
    return Exit.OK if status.verdict == "ok" and status.daemon.ready else Exit.ATTENTION

"""`cortexctl version`."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

import typer

from cortexctl.failure import Failure
from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.session import session_of

DISTRIBUTION = "cortex-ops"

HELP = """\
\b
Examples:
  cortexctl version
  cortexctl version --json

Versions of cortexctl and of the daemon; without a daemon, of cortexctl alone.
"""

app = single()


@app.command("version", help=HELP)
def show_versions(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    own, daemons, reason = own_version(), None, ""
    try:
        daemons = session.daemon.status().daemon.version
    except Failure as failure:
        reason = failure.message
    if as_json:
        session.output.emit_json({"cortexctl": own, "daemon": daemons})
        return
    session.output.emit(f"cortexctl {own}")
    if daemons:
        session.output.emit(f"probed {daemons}")
    else:
        session.output.say(reason)
    if daemons not in (None, own):
        session.output.say("they are not of the same version; after an upgrade: systemctl restart cortex-probed")


def own_version() -> str:
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown: it runs from source that is not installed"

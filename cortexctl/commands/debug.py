"""`cortexctl debug`: works without a daemon, with less."""

from __future__ import annotations

import os
import re
from typing import Annotated

import typer

from cortexctl import times
from cortexctl.config_path import config_options
from cortexctl.noun import verbs
from cortexctl.session import session_of
from cortexctl.text import plural, size

app = verbs("""\
\b
Examples:
  cortexctl debug bundle           with sudo it also has what only root may read
  cortexctl debug bundle --output /tmp/cortex.tar.gz

What somebody who helps needs to know, in one file.
""")
app.callback()(lambda: None)  # makes it a group even while it has a single verb

HELP = """\
Write one .tar.gz with versions, what the doctor says, the configuration, the log, and the newest of what the daemon
knows; secrets are masked, transcripts are left out. Its MANIFEST names each part, and what could not be got. Look
through it before you hand it on: it tells much about this host.
"""


@app.command(help=HELP)
def bundle(
    ctx: typer.Context,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="The new file; else cortex-debug-HOST-TIME.tar.gz in the current folder.",
        ),
    ] = None,
    file: Annotated[str | None, typer.Option("--config", metavar="FILE", help="Another configuration.")] = None,
) -> None:
    from cortexctl.bundle import members, pack
    from cortexctl.bundle_parts import parts
    from cortexctl.new_file import new_file

    session, at = session_of(ctx), times.now()
    config = config_options(file, session.socket)
    host = re.sub(r"[^\w.-]", "_", os.uname().nodename)
    folder = f"cortex-debug-{host}-{at:%Y%m%dT%H%M%SZ}"
    path = output or f"{folder}.tar.gz"
    with new_file(path) as archive:
        session.output.say("asking the doctor, the daemon and the journal; this takes some seconds")
        found = members(parts(session, config), config)
        pack(archive, folder, found, at)
    session.output.emit(path)
    missing = sum(not each.data for each in found)
    without = f"; {plural(missing, 'part')} could not be got: its MANIFEST says why" if missing else ""
    session.output.say(f"{size(os.path.getsize(path))}{without}")

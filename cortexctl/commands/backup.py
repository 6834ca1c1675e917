"""`cortexctl backup`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from cortexctl import times
from cortexctl.child import exit_of_probed
from cortexctl.config_path import config_options
from cortexctl.exits import Exit
from cortexctl.ids import offered
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import JsonFlag
from cortexctl.progress import Progress
from cortexctl.session import Session, session_of
from cortexctl.text import one_line, size
from probed.wire.backup import DrillShape

app = noun("""\
\b
Examples:
  cortexctl backup                         which there are, and whether the last one checked can be restored
  cortexctl backup create                  one more, now
  cortexctl backup verify latest           unpack and check one as a restore would do it
  sudo cortexctl backup restore latest     while the daemon is stopped: systemctl stop cortex-probed

Copies of what Cortex keeps. The daemon takes them by itself and lets the old ones go: the section `backup` of the
configuration says how often, where to, and how many are kept.
""")

Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="The backup, the beginning of its name, or `latest` for the newest.",
        autocompletion=offered("backups"),
    ),
]
ConfigFile = Annotated[str | None, typer.Option("--config", metavar="FILE", help="Another configuration.")]


@app.command("list", help="The newest first.")
def list_backups(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    (page, drill), now = session.daemon.backups(), times.now()
    emit_page(
        session.output,
        page,
        ("name", "taken", "size", "database", "took"),
        lambda backup: (
            backup.name,
            times.relative(backup.taken_at, now),
            size(backup.stored_bytes),
            size(backup.content_bytes),
            f"{backup.took_s:.1f} s",
        ),
        nothing="no backups yet; to take one type: cortexctl backup create",
        as_json=as_json,
    )
    if drill and not as_json:
        session.output.say(drill_words(drill))


@app.command(help="Take one now; it is read through before it counts.")
def create(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    with Progress(session.output, "a backup is taken, and read through", written(session)):
        taken = session.daemon.take_backup()
    if as_json:
        session.output.emit_json(taken)
    else:
        session.output.emit(one_line(taken.name))
        session.output.say(f"{size(taken.stored_bytes)} in {taken.took_s:.1f} s")


@app.command(help="Unpack and check one as a restore would do it. Ends with 1 where it cannot be restored.")
def verify(ctx: typer.Context, name: Name = "latest", as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    with Progress(session.output, f"{name} is unpacked, and checked", written(session)):
        drill = session.daemon.verify_backup(name)
    if as_json:
        session.output.emit_json(drill)
    session.output.say(drill_words(drill))
    if drill.fault:
        raise typer.Exit(Exit.FAILED)


@app.command(help="Put one in the place of the database. The daemon has to be stopped; what was there is kept.")
def restore(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            autocompletion=offered("backups"),
            help="The backup, the beginning of its name, `latest`, or the path of a copy: monitor.db.before-…",
        ),
    ],
    identity: Annotated[
        str | None, typer.Option("--identity", metavar="FILE", help="age's identity, for an encrypted one.")
    ] = None,
    file: ConfigFile = None,
) -> None:
    options = [*config_options(file, session_of(ctx).socket), *(["--identity", identity] if identity else [])]
    raise typer.Exit(exit_of_probed("restore", *options, name))


def written(session: Session) -> Callable[[], str]:
    """How far it is."""
    return lambda: f"{size(session.daemon.written_bytes())} written"


def drill_words(drill: DrillShape) -> str:
    if drill.fault:
        return f"{one_line(drill.name)} cannot be restored: {one_line(drill.fault)}"
    return f"{one_line(drill.name)} can be restored: unpacked and checked in {drill.took_s:.1f} s"

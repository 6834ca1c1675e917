"""`cortexctl config`: `check`, `show`, `history` and `rollback` work without a daemon."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from cortexctl.child import exit_of_probed, exit_of_reading
from cortexctl.config_path import SYSTEM_CONFIG, config_options
from cortexctl.exits import Exit
from cortexctl.failure import Unreachable
from cortexctl.noun import verbs
from cortexctl.options import JsonFlag, YesFlag
from cortexctl.session import session_of
from cortexctl.text import one_line

if TYPE_CHECKING:
    from cortexctl.output import Output
    from cortexctl.session import Session
    from probed.wire.configuration import ReloadedShape

ConfigOption = Annotated[str | None, typer.Option("--config", metavar="FILE", help="Another configuration.")]
DIFF_STYLES = {"+": "green", "-": "red"}

app = verbs("""\
\b
Examples:
  cortexctl config check /etc/cortex/config.yaml
  cortexctl config show --origin           every setting, and where it comes from
  cortexctl config diff                    what a reload would change
  cortexctl config reload                  bring it into force, with the documents
  cortexctl config history                 those that were in force
  cortexctl config rollback                the last one again

The configuration of the daemon.
""")


@app.command(help="Read a configuration as the daemon would. Ends with 2, and the line, where it cannot be used.")
def check(file: Annotated[str, typer.Argument(metavar="FILE", help="The configuration.")]) -> None:
    raise typer.Exit(exit_of_probed("config", "check", "--config", file))


@app.command(help="Every setting with the value that is in force, also the defaults.")
def show(
    ctx: typer.Context,
    file: ConfigOption = None,
    with_origin: Annotated[
        bool, typer.Option("--origin", help="Where each comes from: a line, a credential, the environment, a default.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    options = [*config_options(file, session.socket), *(["--origin"] if with_origin else [])]
    raise typer.Exit(exit_of_reading(session.output, "config", "show", *options, as_json=as_json, rows="settings"))


@app.command(
    help="What a reload would change: the file beside what the daemon works by. Ends with 4 where they differ."
)
def diff(ctx: typer.Context, file: ConfigOption = None, as_json: JsonFlag = False) -> None:
    from cortexctl.configuration_diff import difference

    session = session_of(ctx)
    in_force = session.daemon.configuration()
    found = difference(in_force, config_options(file or in_force.path, session.socket))
    if as_json:
        session.output.emit_json(found.wire)
    for line in () if as_json else found.lines:
        session.output.emit(session.output.paint(line, DIFF_STYLES.get(line[:1], "")))
    if found.needs_restart:
        session.output.say(f"counts from the next start on: {', '.join(found.needs_restart)}")
    if not found.is_empty:
        raise typer.Exit(Exit.ATTENTION)
    session.output.say("no difference")


@app.command(help="Bring configuration, documents and templates into force as they are written now, as SIGHUP does.")
def reload(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    _reload(session_of(ctx), as_json=as_json)


@app.command(help="Those that were in force, the last first; the daemon keeps ten.")
def history(ctx: typer.Context, file: ConfigOption = None, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    options = config_options(file, session.socket)
    raise typer.Exit(exit_of_reading(session.output, "config", "history", *options, as_json=as_json))


@app.command(help="Write the last configuration that was in force, or another of them, and bring it into force.")
def rollback(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="One of `config history`, or its beginning.")] = "",
    file: ConfigOption = None,
    yes: YesFlag = False,
) -> None:
    session = session_of(ctx)
    options = config_options(file, session.socket)
    exit_ = exit_of_probed("config", "rollback", *([name] if name else []), *(["--yes"] if yes else []), *options)
    if exit_:
        raise typer.Exit(exit_)
    written = options[-1] if options else SYSTEM_CONFIG
    try:
        read = session.daemon.configuration().path
        if os.path.realpath(read) == os.path.realpath(written):
            _reload(session)
        else:
            session.output.say(one_line(f"nothing was reloaded: the daemon reads {read or 'no configuration'}"))
    except Unreachable:
        session.output.say("no daemon answers: it is in force at its next start")


def _reload(session: Session, *, as_json: bool = False) -> None:
    """Ends with 2 where a document cannot be used."""
    reloaded = session.daemon.reload()
    if as_json:
        session.output.emit_json(reloaded)
    else:
        tell_reloaded(session.output, reloaded)
    if reloaded.broken:
        raise typer.Exit(Exit.USAGE)


def tell_reloaded(output: Output, reloaded: ReloadedShape) -> None:
    output.say(f"in force: {reloaded.inspections} inspections, mode {reloaded.mode}")
    for source in reloaded.retired:
        output.say(one_line(f"gone: {source}; its cases are closed"))
    for document in reloaded.broken:
        output.say(one_line(f"cannot be used: {document}"))
    if reloaded.needs_restart:
        output.say(f"counts from the next start on: {', '.join(reloaded.needs_restart)}")

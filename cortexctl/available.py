"""What can be named in documents and in the configuration: asked of `probed`, without a daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.child import exit_of_probed, exit_of_reading
from cortexctl.config_path import config_options
from cortexctl.ids import offered
from cortexctl.noun import noun
from cortexctl.options import JsonFlag
from cortexctl.session import Session, session_of

TryFlag = Annotated[
    bool, typer.Option("--try", help="Load what other packages bring, to see whether it works; else nothing is loaded.")
]
HELP = """\
\b
Examples:
  cortexctl {name}s
  cortexctl {name}s show {example}             what it takes, what it means, an example
  cortexctl {name}s --try                 whether those of other packages can be loaded

Every {name} that an inspection can name, and the package that brings it.
Ends with 1 where one cannot be used.
"""


def available(name: str, example: str) -> typer.Typer:
    """The commands of one kind, as in `check`."""
    app = noun(HELP.format(name=name, example=example))

    @app.command("list", help=f"Every {name}, and the package that brings it.")
    def list_(ctx: typer.Context, tries: TryFlag = False, as_json: JsonFlag = False) -> None:
        raise typer.Exit(exit_of_available(f"{name}s", session_of(ctx), tries=tries, as_json=as_json))

    argument = typer.Argument(metavar="NAME", help="Its name.", autocompletion=offered(f"{name}s"))

    @app.command("show", help=f"What a{'n' if name[0] in 'aeiou' else ''} {name} takes, what it means, an example.")
    def show(what: str = argument) -> None:
        raise typer.Exit(exit_of_probed("available", f"{name}s", what))

    return app


def exit_of_available(noun: str, session: Session, *, tries: bool, as_json: bool) -> int:
    options = [*config_options(None, session.socket), *(["--try"] if tries else [])]
    return exit_of_reading(session.output, "available", noun, *options, as_json=as_json, rows=noun)

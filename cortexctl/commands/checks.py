"""`cortexctl checks`: works without a daemon."""

from __future__ import annotations

import typer

from cortexctl.available import TryFlag, exit_of_available
from cortexctl.noun import noun
from cortexctl.options import JsonFlag
from cortexctl.session import session_of

app = noun("""\
\b
Examples:
  cortexctl checks
  cortexctl checks --try                 whether those of other packages can be loaded

Every check that an inspection can name, and the package that brings it.
Ends with 1 where one cannot be used.
""")


@app.command("list", help="Every check, and the package that brings it.")
def list_checks(ctx: typer.Context, tries: TryFlag = False, as_json: JsonFlag = False) -> None:
    raise typer.Exit(exit_of_available("checks", session_of(ctx).socket, tries=tries, as_json=as_json))

"""`cortexctl audit`: the part of the record of intents that says who changed what."""

from __future__ import annotations

import typer

from cortexctl.commands import intents
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.session import session_of

app = noun("""\
\b
Examples:
  cortexctl audit
  cortexctl audit --limit 500 --json
  cortexctl audit verify        is the record whole, as it was written?

Who asked for which change, and what was refused: a part of `cortexctl intents`, sealed with it. Each line has the
user, the process and who had logged in; --json shows them.
""")


@app.command("list", help="The newest first.")
def list_audit(
    ctx: typer.Context, as_json: JsonFlag = False, limit: Limit = DEFAULT_LIMIT, before: Before = None
) -> None:
    nothing = "nobody has changed anything yet"
    intents.emit_intents(session_of(ctx), "audit", as_json=as_json, limit=limit, before=before, nothing=nothing)


app.command(help="Check every line of the record against its seal. Ends with 1 where one was edited or removed.")(
    intents.verify
)

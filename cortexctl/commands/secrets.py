"""`cortexctl secrets`."""

from __future__ import annotations

import typer

from cortexctl.noun import verbs
from cortexctl.options import JsonFlag
from cortexctl.session import session_of
from cortexctl.text import one_line

app = verbs("""\
\b
Examples:
  cortexctl secrets rotate

The daemon's own secrets. Those that you gave it (a bot's token, a model's key) stand in files of yours: write the new
one there, then: systemctl restart cortex-probed.
""")


app.callback()(lambda: None)  # makes it a group even while it has a single verb


@app.command(help="Make them anew: buttons that were sent until now do nothing any more, a pairing code is void.")
def rotate(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    done = session.daemon.rotate_secrets()
    if as_json:
        session.output.emit_json(done)
    else:
        session.output.say(f"made anew: {', '.join(one_line(name) for name in done.renewed)}")

"""`cortexctl web`: the dashboard in a browser."""

from __future__ import annotations

import importlib.util
import sys
from typing import Annotated

import typer

from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.noun import single
from cortexctl.session import session_of

HELP = """\
\b
Examples:
  cortexctl web                    prints an address to open in a browser of this host
  cortexctl web --port 8800        on the host, and where the browser is: ssh -L 8800:127.0.0.1:8800 HOST

Serve the dashboard to a browser, on loopback alone, until Ctrl-C. Whoever has the address that is printed, with its
token, can do what you can; a page keeps a cookie, so that the token is in no further address.
"""
MISSING = "what serves pages is not installed"
INSTALL = "./install.sh --with-web (pip: cortex-ops[web])"

app = single()


@app.command("web", help=HELP)
def web(
    ctx: typer.Context,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Of loopback; 0: one that is free.")] = 0,
) -> None:
    if not all(importlib.util.find_spec(name) for name in ("aiohttp", "textual_serve")):
        raise Failure(MISSING, INSTALL, exit_=Exit.USAGE)
    import asyncio

    from cortexctl.web.server import serve

    raise typer.Exit(asyncio.run(serve(session_of(ctx).socket, port, tell)))


def tell(address: str) -> None:
    print(address, flush=True)
    print("Open this address in a browser; it is good until Ctrl-C.", file=sys.stderr)

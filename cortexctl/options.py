"""Options and arguments that many commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.session import session_of
from probed.wire.page import DEFAULT_LIMIT, MAX_LIMIT


def is_data(ctx: typer.Context, flag: bool) -> bool:
    """Whether any form but a person's is wanted; `--output` was read before."""
    if ctx.obj is None:  # the line is only being completed
        return flag
    output = session_of(ctx).output
    if flag and output.form not in ("table", "json"):
        raise typer.BadParameter(f"--json and --output {output.form} exclude each other", param_hint="--json")
    return flag or output.form != "table"


JsonFlag = Annotated[bool, typer.Option("--json", help="The same as --output json.", callback=is_data)]
"""Of every command that gives data. It is True for each form of `--output` but the table."""
Limit = Annotated[int, typer.Option("--limit", metavar="N", help="How many.", min=1, max=MAX_LIMIT)]
Before = Annotated[str | None, typer.Option("--before", metavar="KEY", help="What follows the page that named KEY.")]
YesFlag = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

__all__ = ["DEFAULT_LIMIT", "Before", "JsonFlag", "Limit", "YesFlag"]

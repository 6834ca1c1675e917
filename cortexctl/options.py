"""Options and arguments that many commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from probed.wire.page import DEFAULT_LIMIT, MAX_LIMIT

JsonFlag = Annotated[bool, typer.Option("--json", help="The daemon's JSON instead of text.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", help="How many.", min=1, max=MAX_LIMIT)]
Before = Annotated[str | None, typer.Option("--before", metavar="KEY", help="What follows the page that named KEY.")]
YesFlag = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

__all__ = ["DEFAULT_LIMIT", "Before", "JsonFlag", "Limit", "YesFlag"]

"""How a file of `commands/` sets up its part of the command line."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

HELP_NAMES = ("-h", "--help")


def single() -> typer.Typer:
    """For a command without verbs."""
    return typer.Typer(add_completion=False, rich_markup_mode=None)


def noun(help_: str) -> typer.Typer:
    """For verbs of which `list` is the one that a bare noun means."""
    app = typer.Typer(cls=ListByDefault, add_completion=False, rich_markup_mode=None, help=help_)
    app.callback()(lambda: None)  # makes it a group even while it has a single verb
    return app


def verbs(help_: str) -> typer.Typer:
    """For verbs none of which a bare noun could mean."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help=help_)


class ListByDefault(TyperGroup):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        is_bare = not ctx.resilient_parsing and (not args or (args[0][:1] == "-" and args[0] not in HELP_NAMES))
        return super().parse_args(ctx, ["list", *args] if is_bare else args)

"""`cortexctl completion`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import cortexctl.completion
from cortexctl.noun import single
from cortexctl.session import session_of

HELP = """\
\b
Examples:
  cortexctl completion fish > ~/.config/fish/completions/cortexctl.fish
  source <(cortexctl completion bash)                in ~/.bashrc; zsh likewise

The script by which a shell completes commands and options, and what the daemon knows: ids, inspections, channels, what
is measured. Where the daemon does not answer within a second, it completes without. An installation as root brings the
scripts along.
"""

app = single()


class Shell(StrEnum):
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@app.command(help=HELP)
def completion(ctx: typer.Context, shell: Annotated[Shell, typer.Argument(help="bash, zsh or fish.")]) -> None:
    folder = Path(cortexctl.completion.__file__).parent / "scripts"
    session_of(ctx).output.emit((folder / shell).read_text(), end="")

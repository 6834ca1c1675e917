"""What can be named in documents and in the configuration: asked of `probed`, without a daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.child import exit_of_probed
from cortexctl.config_path import config_options

TryFlag = Annotated[
    bool, typer.Option("--try", help="Load what other packages bring, to see whether it works; else nothing is loaded.")
]


def exit_of_available(noun: str, socket: str, *, tries: bool, as_json: bool) -> int:
    flags = [*(["--try"] if tries else []), *(["--json"] if as_json else [])]
    return exit_of_probed("available", noun, *config_options(None, socket), *flags)

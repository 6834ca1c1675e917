"""What needs no daemon is a subcommand of `probed`: run as a child, its output and its exit code passed on."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

from cortexctl.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

SIGNAL_EXIT = 128


def exit_of_probed(*arguments: str) -> int:
    code = subprocess.run(probed(*arguments), check=False).returncode
    return code if code >= 0 else SIGNAL_EXIT - code


def become_probed(*arguments: str) -> NoReturn:
    """In place of this process: whoever ends it, by whatever signal, ends what has to clean up behind itself."""
    sys.stdout.flush()
    argv = probed(*arguments)
    os.execv(argv[0], argv)  # noqa: S606 (this interpreter, no shell)


def probed(*arguments: str) -> list[str]:
    """With the same interpreter; `-P`, so that a folder `probed` where the user happens to be is not taken for it."""
    return [sys.executable, "-P", "-m", "probed", *arguments]


def output_of(
    argv: Sequence[str], *, within_s: float, given: str = "", with_errors: bool = False, nothing: str = ""
) -> str:
    """What it prints, however it ends; `given` is its input, and its errors belong to it where that is wanted. Where it
    prints nothing, raises Failure with the last words of its errors, or with `nothing`."""
    errors = subprocess.STDOUT if with_errors else subprocess.PIPE
    try:
        done = subprocess.run(
            argv, input=given.encode(), stdout=subprocess.PIPE, stderr=errors, timeout=within_s, check=False
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"no answer within {within_s:g} s") from None
    except OSError as error:
        raise Failure(f"{argv[0]} cannot be started: {error.strerror}") from None
    if not done.stdout:
        words = (done.stderr or b"").decode(errors="replace").strip().splitlines()
        raise Failure(words[-1] if words else nothing or f"it printed nothing and ended with {done.returncode}")
    return done.stdout.decode(errors="replace")

"""`cortexctl`: the arguments in, an exit code out."""

from __future__ import annotations

import errno
import os
import sys

from cortexctl.exits import Exit
from cortexctl.failure import Failure

PLAIN = {
    ("status",): {},
    ("status", "--json"): {"as_json": True},
    ("status", "--short"): {"short": True},
}


def main(arguments: list[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    if sys.stdout is None:  # closed by the caller (`>&-`): the exit code is what is left
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    try:
        if words[:1] == ["__complete"]:
            from cortexctl.completion.complete import main as complete

            return complete(words[1:])
        exit_ = plain_status(words)
        return through_typer(words) if exit_ is None else exit_
    except Failure as failure:
        tell(failure)
        return failure.exit
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python would try once more at its end
        tell(Failure(f"the output cannot be written: {error.strerror}"))
        return Exit.FAILED


def tell(failure: Failure) -> None:
    from cortexctl.text import one_line

    print(f"cortexctl: {one_line(failure.message)}", file=sys.stderr)
    if failure.next_step:
        print(f"  try: {one_line(failure.next_step)}", file=sys.stderr)


def plain_status(words: list[str]) -> Exit | None:
    """Answer `[--socket PATH] status [--json|--short]` without Typer, which alone takes five times as long to load as
    Python; None for any other line, which is Typer's, with every option and every error."""
    given = words[:1] == ["--socket"] and len(words) > 2
    plain = PLAIN.get(tuple(words[2:] if given else words))
    if plain is None:
        return None
    from cortexctl.session import Session
    from cortexctl.status import run_status

    return run_status(Session(words[1] if given else None), **plain)


def through_typer(words: list[str]) -> int:
    from cortexctl.cli import app

    try:
        app(words, prog_name="cortexctl")
    except SystemExit as end:
        return exit_code(end.code)
    return Exit.OK


def exit_code(code: object) -> int:
    """As the interpreter would understand it: nothing is success, a text is the reason of a failure."""
    if code is None:
        return Exit.OK
    if isinstance(code, int):
        return code
    tell(Failure(str(code)))
    return Exit.FAILED


if __name__ == "__main__":
    sys.exit(main())

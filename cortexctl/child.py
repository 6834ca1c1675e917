"""What needs no daemon is a subcommand of `probed`: run as a child, its output and its exit code passed on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

from cortexctl.failure import Failure
from cortexctl.form import rows_of
from cortexctl.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from cortexctl.output import Output

SIGNAL_EXIT = 128


def exit_of_probed(*arguments: str) -> int:
    code = subprocess.run(probed(*arguments), check=False).returncode
    return code if code >= 0 else SIGNAL_EXIT - code


def exit_of_reading(output: Output, *arguments: str, as_json: bool, rows: str = "items") -> int:
    """What it prints for people; for programs its JSON in the form that is wanted; where quiet is wanted, of a list the
    names alone. What it says instead of JSON is passed on."""
    is_quiet_list = output.is_quiet and rows in LISTS
    if not as_json and not is_quiet_list:
        return exit_of_probed(*arguments)
    code, printed = printed_by_probed(*with_json(arguments))
    try:
        value = json.loads(printed)
    except ValueError:
        output.emit(printed, end="")
        return code
    if as_json:
        output.emit_json(value, rows)
    else:
        output.emit_lines(one_line(row["name"]) for row in rows_of(value, rows))
    return code


def exit_of_stream(output: Output, *arguments: str) -> int:
    """Its JSON lines, as they come, in the form that is wanted."""
    with subprocess.Popen(probed(*arguments), stdout=subprocess.PIPE, text=True) as child:
        output.emit_data(records_of(output, child.stdout or ()))
        if output.is_closed:
            child.terminate()
    return child.returncode if child.returncode >= 0 else SIGNAL_EXIT - child.returncode


def records_of(output: Output, lines: Iterable[str]) -> Iterator[Any]:
    """What is no JSON is passed on."""
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            output.emit(line, end="")


LISTS = ("checks", "actions", "channels", "templates")
"""Members of the JSON that are lists of what has a name."""


def with_json(arguments: Sequence[str]) -> list[str]:
    """Behind the options, before what can be none."""
    place = arguments.index("--") if "--" in arguments else len(arguments)
    return [*arguments[:place], "--json", *arguments[place:]]


def printed_by_probed(*arguments: str) -> tuple[int, str]:
    """Exit code and standard output. Whatever ends this process lets the child clean up first."""
    with subprocess.Popen(probed(*arguments), stdout=subprocess.PIPE) as child:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: child.send_signal(number))
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the child as well
        printed = child.communicate()[0].decode(errors="replace")
    return child.returncode if child.returncode >= 0 else SIGNAL_EXIT - child.returncode, printed


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

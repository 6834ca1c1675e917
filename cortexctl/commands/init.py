"""`cortexctl init`: first contact. Works with and without a daemon."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.first_contact.dialogue import Dialogue, InputEnded
from cortexctl.first_contact.place import Place
from cortexctl.first_contact.steps import STEPS
from cortexctl.noun import single
from cortexctl.session import session_of
from cortexctl.text import one_line

HELP = f"""\
\b
Examples:
  cortexctl init --only telegram    one of {", ".join(STEPS)}
  sudo cortexctl init               asks, step by step
  sudo cortexctl init --yes         asks nothing: writes the inspections, sends a message

From the first look at this host to the first message: what runs here and which inspections would watch it, a model if
there is one, a Telegram chat, a message for trying, and what may run by itself. Nothing is written without a yes; each
step can be left out, and done again at any time.
"""

app = single()


@app.command(help=HELP)
def init(
    ctx: typer.Context,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing, for scripts; what needs a person is left out.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="STEP", help="This step; can be repeated.")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option("--skip", metavar="STEP", help="Not this step; can be repeated.")
    ] = None,
    file: Annotated[str | None, typer.Option("--config", metavar="FILE", help="Another configuration.")] = None,
) -> None:
    chosen = chosen_steps(only or [], skip or [])
    if not yes and not sys.stdin.isatty():
        raise Failure("this asks questions, and there is no terminal", "cortexctl init --yes", exit_=Exit.USAGE)
    session = session_of(ctx)
    talk, place = Dialogue(session.output, is_script=yes), Place(session, file)
    where = session.socket if place.daemon else f"none answers at {session.socket}; what needs one is left out"
    session.output.say(f"Configuration: {place.config}\nDaemon: {where}")
    try:
        for number, name in enumerate(chosen, 1):
            session.output.say(f"\n{number}/{len(chosen)} {STEPS[name][0]}")
            take(name, talk, place)
    finally:
        tell_end(talk)
    if talk.failed:
        raise typer.Exit(Exit.FAILED)


def take(name: str, talk: Dialogue, place: Place) -> None:
    """A step that fails keeps none of the others from being taken."""
    try:
        STEPS[name][1](talk, place)
    except InputEnded:
        raise
    except Failure as failure:
        talk.failed.append(name)
        talk.tell(f"failed: {failure.message}")
        if failure.next_step:
            talk.tell(f"try: {failure.next_step}")


def chosen_steps(only: list[str], skip: list[str]) -> list[str]:
    for name in (*only, *skip):
        if name not in STEPS:
            raise typer.BadParameter(f"there is no step {name!r}; there are {', '.join(STEPS)}")
    return [name for name in STEPS if (not only or name in only) and name not in skip]


def tell_end(talk: Dialogue) -> None:
    talk.output.say("")
    talk.output.say("Written:" if talk.written else "Nothing was written.")
    for each in talk.written:
        talk.tell(each)
    for name in talk.failed:
        talk.output.say(one_line(f"Failed, and can be done again: cortexctl init --only {name}"))
    talk.output.say("Next: cortexctl status")
